package kindnetd

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"time"

	"k8s.io/klog/v2"
)

const masqueradeEvery = 5 * time.Minute

// masquerade lets pods reach what is outside of the cluster, which knows no way back to a pod's address.
func (a *agent) masquerade() error {
	if time.Since(a.masqueradedAt) < masqueradeEvery {
		return nil
	}
	var failures []error
	for program, subnets := range byFamily(a.subnets) {
		failures = append(failures, setMasquerade(program, subnets))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	a.masqueradedAt = time.Now()
	return nil
}

// byFamily sorts networks by the program that filters their packets.
func byFamily(subnets []string) map[string][]string {
	families := map[string][]string{}
	for _, subnet := range subnets {
		ip, _, err := net.ParseCIDR(strings.TrimSpace(subnet))
		switch {
		case err != nil:
			klog.ErrorS(err, "Not a pod subnet", "subnet", subnet)
		case isIPv6(ip):
			families["ip6tables"] = append(families["ip6tables"], strings.TrimSpace(subnet))
		default:
			families["iptables"] = append(families["iptables"], strings.TrimSpace(subnet))
		}
	}
	return families
}

const masqueradeChain = "KINDNET-MASQ"

func setMasquerade(program string, subnets []string) error {
	restore := exec.Command(program+"-restore", "--wait", "--noflush")
	restore.Stdin = strings.NewReader(masqueradeRules(subnets))
	if output, err := restore.CombinedOutput(); err != nil {
		return fmt.Errorf("%s-restore: %w: %s", program, err, output)
	}
	for _, subnet := range subnets {
		jump := []string{"POSTROUTING", "-s", subnet, "-j", masqueradeChain}
		if exec.Command(program, append([]string{"-w", "-t", "nat", "-C"}, jump...)...).Run() == nil {
			continue
		}
		if output, err := exec.Command(program, append([]string{"-w", "-t", "nat", "-A"}, jump...)...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w: %s", program, err, output)
		}
	}
	return nil
}

// masqueradeRules fills our chain as one transaction: naming a chain empties it.
func masqueradeRules(subnets []string) string {
	var rules strings.Builder
	fmt.Fprintf(&rules, "*nat\n:%s - [0:0]\n", masqueradeChain)
	for _, subnet := range subnets {
		fmt.Fprintf(&rules, "-A %s -d %s -j RETURN\n", masqueradeChain, subnet)
	}
	fmt.Fprintf(&rules, "-A %s -j MASQUERADE\nCOMMIT\n", masqueradeChain)
	return rules.String()
}
