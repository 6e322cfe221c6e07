// The same controller as ours.ts, on controller-runtime: reconciles all objects of one kind as fast as it can. Prints the
// milliseconds since its start each time that all of them have been reconciled in one and the same generation.
// Arguments: kubeconfig, mode (none or patch), number of objects, concurrency.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

var kind = schema.GroupVersionKind{Group: "bench.qbo.io", Version: "v1", Kind: "Gadget"}

func object() *unstructured.Unstructured {
	made := &unstructured.Unstructured{}
	made.SetGroupVersionKind(kind)
	return made
}

func main() {
	started := time.Now()
	objects, concurrency := number(3), number(4)
	ctrl.SetLogger(logr.Discard())
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	check(err)
	// The API server's own limits are the only ones.
	config.QPS, config.Burst = -1, -1
	manager, err := ctrl.NewManager(config, ctrl.Options{Metrics: server.Options{BindAddress: "0"}})
	check(err)
	var mutex sync.Mutex
	seen, done := map[string]int64{}, map[int64]int{}
	reconcile := func(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
		found := object()
		if err := manager.GetClient().Get(ctx, request.NamespacedName, found); err != nil {
			return ctrl.Result{}, client.IgnoreNotFound(err)
		}
		generation := found.GetGeneration()
		observed, _, _ := unstructured.NestedInt64(found.Object, "status", "observedGeneration")
		if os.Args[2] == "patch" && observed != generation {
			status := fmt.Appendf(nil, `{"apiVersion":"bench.qbo.io/v1","kind":"Gadget","status":{"observedGeneration":%d}}`, generation)
			patch := client.RawPatch(types.ApplyPatchType, status)
			if err := manager.GetClient().Status().Patch(ctx, found, patch, client.ForceOwnership, client.FieldOwner("bench")); err != nil {
				return ctrl.Result{}, err
			}
		}
		mutex.Lock()
		defer mutex.Unlock()
		if seen[request.Name] < generation {
			seen[request.Name] = generation
			done[generation]++
			if done[generation] == objects {
				fmt.Println(time.Since(started).Milliseconds())
			}
		}
		return ctrl.Result{}, nil
	}
	options := controller.Options{MaxConcurrentReconciles: concurrency}
	check(ctrl.NewControllerManagedBy(manager).For(object()).WithOptions(options).Complete(reconciler(reconcile)))
	check(manager.Start(ctrl.SetupSignalHandler()))
}

type reconciler func(context.Context, ctrl.Request) (ctrl.Result, error)

func (r reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	return r(ctx, request)
}

func number(index int) int {
	value, err := strconv.Atoi(os.Args[index])
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
