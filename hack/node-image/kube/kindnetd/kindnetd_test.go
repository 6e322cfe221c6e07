package kindnetd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func node(name string, cidrs []string, addresses ...string) *corev1.Node {
	made := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDRs: cidrs}}
	for _, address := range addresses {
		made.Status.Addresses = append(made.Status.Addresses, corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: address})
	}
	return made
}

func TestRoutesLeadToEveryOtherNodeByFamily(t *testing.T) {
	nodes := []*corev1.Node{
		node("self", []string{"10.244.0.0/24"}, "172.18.0.3"),
		node("both", []string{"10.244.1.0/24", "fd00:1::/64"}, "172.18.0.4", "fc00::4"),
		node("new", nil, "172.18.0.5"),
		node("nowhere", []string{"10.244.3.0/24"}),
	}
	var got []string
	for _, route := range desiredRoutes(nodes, "self") {
		got = append(got, route.pods.String()+" through "+route.through.String())
	}
	if want := "10.244.1.0/24 through 172.18.0.4,fd00:1::/64 through fc00::4"; strings.Join(got, ",") != want {
		t.Fatalf("got %v, want %s", got, want)
	}
}

func TestTheConfigurationHasARangeAndARouteForEachFamily(t *testing.T) {
	text, err := conflist([]string{"10.244.1.0/24", "fd00:1::/64"}, 1450)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%s: %v", text, err)
	}
	for _, part := range []string{`"subnet": "10.244.1.0/24"`, `"subnet": "fd00:1::/64"`, `"dst": "0.0.0.0/0"`, `"dst": "::/0"`, `"mtu": 1450`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("no %s in %s", part, text)
		}
	}
}

func TestTheConfigurationIsWrittenWholeAndOnlyWhenItDiffers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "10-kindnet.conflist")
	for range 2 {
		if err := writeConfig(path, []string{"10.244.1.0/24"}); err != nil {
			t.Fatal(err)
		}
	}
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeConfig(path, []string{"10.244.1.0/24"}); err != nil {
		t.Fatal(err)
	}
	if second, err := os.Stat(path); err != nil || !os.SameFile(first, second) {
		t.Fatal("the file was replaced by an equal one")
	}
	if err := writeConfig(path, []string{"10.244.2.0/24"}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), "10.244.2.0/24") {
		t.Fatalf("%s: %v", text, err)
	}
}

func TestWhatStaysInTheClusterIsNotMasqueraded(t *testing.T) {
	rules := masqueradeRules([]string{"10.244.0.0/16"})
	stays, leaves := strings.Index(rules, "-d 10.244.0.0/16 -j RETURN"), strings.Index(rules, "-j MASQUERADE")
	if stays < 0 || leaves < stays {
		t.Fatal(rules)
	}
	families := byFamily([]string{"10.244.0.0/16", " fd00::/48"})
	if len(families["iptables"]) != 1 || families["ip6tables"][0] != "fd00::/48" {
		t.Fatal(families)
	}
}

func TestAHeartbeatIsNoChange(t *testing.T) {
	before, after := node("a", []string{"10.244.1.0/24"}, "172.18.0.4"), node("a", []string{"10.244.1.0/24"}, "172.18.0.4")
	after.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}
	if networkingDiffers(before, after) {
		t.Fatal("conditions do not matter")
	}
	after.Status.Addresses[0].Address = "172.18.0.5"
	if !networkingDiffers(before, after) {
		t.Fatal("addresses do")
	}
}
