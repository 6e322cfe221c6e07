package kindnetd

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"k8s.io/klog/v2"
)

type object = map[string]any

// conflist is the CNI configuration for pods with addresses from the given networks: a cable from each pod to its node,
// addresses that are remembered only as long as the machine runs, and host ports.
func conflist(cidrs []string, mtu int) ([]byte, error) {
	var ranges [][]object
	var routes []object
	for _, cidr := range cidrs {
		ip, _, err := net.ParseCIDR(cidr)
		if err != nil {
			return nil, fmt.Errorf("pod addresses: %w", err)
		}
		ranges = append(ranges, []object{{"subnet": cidr}})
		everywhere := "0.0.0.0/0"
		if isIPv6(ip) {
			everywhere = "::/0"
		}
		routes = append(routes, object{"dst": everywhere})
	}
	return json.MarshalIndent(object{
		"cniVersion": "0.4.0",
		"name":       "kindnet",
		"plugins": []object{
			{
				"type":   "ptp",
				"ipMasq": false,
				"mtu":    mtu,
				"ipam":   object{"type": "host-local", "dataDir": "/run/cni-ipam-state", "routes": routes, "ranges": ranges},
			},
			{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
}

// writeConfig replaces the configuration if it differs. The runtime reads the folder at any moment, so the file is made
// elsewhere in it, under a name that the runtime does not look at, and renamed when whole.
func writeConfig(path string, cidrs []string) error {
	wanted, err := conflist(cidrs, mtu())
	if err != nil {
		return err
	}
	present, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if bytes.Equal(present, wanted) {
		return nil
	}
	partial := filepath.Join(filepath.Dir(path), ".kindnetd")
	if err := os.WriteFile(partial, wanted, 0o644); err != nil {
		return err
	}
	if err := os.Rename(partial, path); err != nil {
		return err
	}
	klog.InfoS("Wrote the CNI configuration", "path", path, "podCIDRs", cidrs)
	return nil
}
