package kindnetd

import (
	"net"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// onlyNetworking drops what the agent does not look at, so that a node's image list is not held in memory by all others.
func onlyNetworking(object any) (any, error) {
	node, isNode := object.(*corev1.Node)
	if !isNode {
		return object, nil
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: node.Name, UID: node.UID, ResourceVersion: node.ResourceVersion},
		Spec:       corev1.NodeSpec{PodCIDR: node.Spec.PodCIDR, PodCIDRs: node.Spec.PodCIDRs},
		Status:     corev1.NodeStatus{Addresses: node.Status.Addresses},
	}, nil
}

func networkingDiffers(before, after *corev1.Node) bool {
	return !slices.Equal(podCIDRs(before), podCIDRs(after)) ||
		!slices.Equal(before.Status.Addresses, after.Status.Addresses)
}

func podCIDRs(node *corev1.Node) []string {
	if len(node.Spec.PodCIDRs) == 0 && node.Spec.PodCIDR != "" {
		return []string{node.Spec.PodCIDR}
	}
	return node.Spec.PodCIDRs
}

func find(nodes []*corev1.Node, name string) *corev1.Node {
	for _, node := range nodes {
		if node.Name == name {
			return node
		}
	}
	return nil
}

// route leads to one other node's pods of one address family.
type route struct {
	pods    net.IPNet
	through net.IP
}

// desiredRoutes are those to every other node that has both pod addresses and an address of the same family.
func desiredRoutes(nodes []*corev1.Node, self string) []route {
	var routes []route
	for _, node := range nodes {
		if node.Name == self {
			continue
		}
		for _, cidr := range podCIDRs(node) {
			_, pods, err := net.ParseCIDR(cidr)
			if err != nil {
				continue
			}
			if address := internalAddress(node, isIPv6(pods.IP)); address != nil {
				routes = append(routes, route{pods: *pods, through: address})
			}
		}
	}
	return routes
}

func internalAddress(node *corev1.Node, ipv6 bool) net.IP {
	for _, address := range node.Status.Addresses {
		ip := net.ParseIP(address.Address)
		if address.Type == corev1.NodeInternalIP && ip != nil && isIPv6(ip) == ipv6 {
			return ip
		}
	}
	return nil
}

func isIPv6(ip net.IP) bool { return ip.To4() == nil }
