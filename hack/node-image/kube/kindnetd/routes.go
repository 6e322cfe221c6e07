package kindnetd

import (
	"errors"
	"fmt"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
	"k8s.io/klog/v2"
)

// routeProtocol marks the routes that are ours, so that stale ones can be told from everybody else's.
const routeProtocol = 113

// syncRoutes adds what is missing, mends what leads elsewhere and removes what is ours and no longer wanted.
func syncRoutes(wanted []route) error {
	var failures []error
	stale := map[string]netlink.Route{}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		present, err := netlink.RouteListFiltered(family, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
		if err != nil {
			return fmt.Errorf("list routes: %w", err)
		}
		for _, found := range present {
			stale[found.Dst.String()] = found
		}
	}
	for _, want := range wanted {
		pods := want.pods.String()
		found, present := stale[pods]
		delete(stale, pods)
		if present && found.Gw.Equal(want.through) {
			continue
		}
		err := netlink.RouteReplace(&netlink.Route{Dst: &want.pods, Gw: want.through, Protocol: routeProtocol})
		if err != nil {
			failures = append(failures, fmt.Errorf("route to %s through %s: %w", pods, want.through, err))
			continue
		}
		klog.InfoS("Set a route", "pods", pods, "through", want.through.String())
	}
	for pods, route := range stale {
		if err := netlink.RouteDel(&route); err != nil && !errors.Is(err, unix.ESRCH) {
			failures = append(failures, fmt.Errorf("remove the route to %s: %w", pods, err))
			continue
		}
		klog.InfoS("Removed a route", "pods", pods)
	}
	return errors.Join(failures...)
}

// mtu of the link that leads to the other nodes; pods must not send larger packets.
func mtu() int {
	const ethernet = 1500
	routes, err := netlink.RouteList(nil, unix.AF_INET)
	if err != nil {
		return ethernet
	}
	for _, route := range routes {
		isDefault := route.Dst == nil || route.Dst.IP.IsUnspecified()
		if !isDefault {
			continue
		}
		if link, err := netlink.LinkByIndex(route.LinkIndex); err == nil {
			return link.Attrs().MTU
		}
	}
	return ethernet
}
