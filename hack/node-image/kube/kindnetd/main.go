// Package kindnetd is the pod network of a cluster whose nodes share one link: each node tells its container runtime
// which addresses are its pods', has a route to every other node's pods, and masquerades what leaves the cluster.
//
// It follows the Node objects and repairs what it finds wrong at every change and once a minute. It reaches the API
// server by the address that the kubelet uses, because the service address works only after kube-proxy does.
package kindnetd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

const (
	serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/"
	kubeletConfig  = "/etc/kubernetes/kubelet.conf"
	cniConfig      = "/etc/cni/net.d/10-kindnet.conflist"

	resync     = time.Minute
	retryFirst = 100 * time.Millisecond
	retryMost  = 10 * time.Second
)

var errServerMoved = errors.New("the API server has a new address")

// Main runs until it is told to stop, and returns the exit status.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	switch err := run(ctx); {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	case errors.Is(err, errServerMoved):
		klog.InfoS("Starting anew", "reason", err)
		return 0
	default:
		klog.ErrorS(err, "Failed")
		return 1
	}
}

// agent is one node's part of the pod network.
type agent struct {
	node    string
	subnets []string
	server  string
	nodes   corelisters.NodeLister
	// masqueradedAt is when the packet filter was last set: it costs processes, unlike the rest, so it is done less often.
	masqueradedAt time.Time
}

func run(ctx context.Context) error {
	self := &agent{node: os.Getenv("NODE_NAME"), subnets: strings.Split(os.Getenv("POD_SUBNET"), ",")}
	if self.node == "" || os.Getenv("POD_SUBNET") == "" {
		return errors.New("NODE_NAME and POD_SUBNET must be set")
	}
	config, err := restConfig()
	if err != nil {
		return err
	}
	self.server = config.Host
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	// Nodes of a cluster are few; what of them matters here is little.
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithTransform(onlyNetworking))
	informer := factory.Core().V1().Nodes().Informer()
	changed := make(chan struct{}, 1)
	notify := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		DeleteFunc: func(any) { notify() },
		UpdateFunc: func(before, after any) {
			if networkingDiffers(before.(*corev1.Node), after.(*corev1.Node)) {
				notify()
			}
		},
	})
	if err != nil {
		return err
	}
	self.nodes = factory.Core().V1().Nodes().Lister()
	factory.Start(ctx.Done())
	klog.InfoS("Following nodes", "server", self.server, "node", self.node, "podSubnets", self.subnets)

	// What needs no nodes is done while their list is on its way.
	if err := self.masquerade(); err != nil {
		klog.ErrorS(err, "Will try again")
	}
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return ctx.Err()
	}
	return self.loop(ctx, changed)
}

func (a *agent) loop(ctx context.Context, changed <-chan struct{}) error {
	retry := retryFirst
	for {
		wait := resync
		switch err := a.reconcile(); {
		case errors.Is(err, errServerMoved):
			return err
		case err != nil:
			klog.ErrorS(err, "Will try again", "after", retry)
			wait, retry = retry, min(2*retry, retryMost)
		default:
			retry = retryFirst
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		case <-time.After(wait):
		}
	}
}

// reconcile makes this machine's pod network what the Node objects say.
func (a *agent) reconcile() error {
	if config, err := restConfig(); err == nil && config.Host != a.server {
		return errServerMoved
	}
	nodes, err := a.nodes.List(labels.Everything())
	if err != nil {
		return err
	}
	var failures []error
	if own := find(nodes, a.node); own != nil && len(podCIDRs(own)) > 0 {
		failures = append(failures, writeConfig(cniConfig, podCIDRs(own)))
	}
	failures = append(failures, syncRoutes(desiredRoutes(nodes, a.node)))
	failures = append(failures, a.masquerade())
	return errors.Join(failures...)
}

// restConfig has this pod's own credentials and the kubelet's address of the API server.
func restConfig() (*rest.Config, error) {
	kubelet, err := clientcmd.LoadFromFile(kubeletConfig)
	if err != nil {
		return nil, err
	}
	current, found := kubelet.Contexts[kubelet.CurrentContext]
	if !found || kubelet.Clusters[current.Cluster] == nil {
		return nil, fmt.Errorf("%s names no server", kubeletConfig)
	}
	return &rest.Config{
		Host:            kubelet.Clusters[current.Cluster].Server,
		BearerTokenFile: serviceAccount + "token",
		TLSClientConfig: rest.TLSClientConfig{CAFile: serviceAccount + "ca.crt"},
		UserAgent:       "kindnetd",
	}, nil
}
