/** Where a node keeps what bootstrapping and renewing need and leave behind; inside a volume, so that it outlives the container. */
export const NODE_FOLDER = '/etc/kubernetes/qbo';

export const BOOTSTRAP = {
  unit: 'qbo-bootstrap',
  script: `${NODE_FOLDER}/bootstrap.sh`,
  config: `${NODE_FOLDER}/kubeadm.yaml`,
  /** Where a worker finds its cluster. */
  discovery: `${NODE_FOLDER}/discovery.conf`,
  /** kube-proxy and CoreDNS as kubeadm would install them. */
  addons: `${NODE_FOLDER}/addons.yaml`,
  /** There when kubeadm has succeeded: the one proof that the node is bootstrapped. */
  done: `${NODE_FOLDER}/bootstrapped`,
  /** On a control plane that lost its data: what is to be said of that. */
  loss: `${NODE_FOLDER}/data-lost`,
  /** There from kubeadm's first try until it has succeeded. */
  begun: `${NODE_FOLDER}/begun`,
  log: '/var/log/qbo-bootstrap.log',
} as const;

/** Left by kubeadm on another volume than the rest. */
export const KUBELET_CONFIG = '/var/lib/kubelet/config.yaml';

/**
 * kubeadm does not go on where it stopped, so an earlier try that died half-way is undone first. It runs as a unit of
 * the node's systemd: the operator may die meanwhile and find the result later. etcd's data that are no earlier try's are
 * kept aside: when their certificates are lost, they are all that is left of a cluster.
 */
const PROLOGUE = `#!/bin/sh
set -eu
rm -f ${BOOTSTRAP.done}
systemctl start containerd
if [ -e /var/lib/etcd/member ] && [ ! -e ${BOOTSTRAP.begun} ]; then
  kept=/var/lib/etcd-kept-$(date +%s)
  echo "The data of a former cluster are kept in $kept"
  mv /var/lib/etcd "$kept"
fi
touch ${BOOTSTRAP.begun}
if [ -e /etc/kubernetes/kubelet.conf ] || [ -e /var/lib/etcd/member ] || [ -e /etc/kubernetes/pki/ca.crt ]; then
  echo "An earlier try is undone first"
  kubeadm reset --force --cri-socket unix:///run/containerd/containerd.sock
fi
`;

const EPILOGUE = `touch ${BOOTSTRAP.done}
rm -f ${BOOTSTRAP.begun}
`;

/**
 * What kubeadm's phase kubelet-finalize does at the end, at the price of a restart of the kubelet in the busiest second:
 * the kubelet finds its client certificate in the file that it rotates, not embedded in its kubeconfig.
 */
const ROTATABLE_KUBELET_CERTIFICATE = `
conf=/etc/kubernetes/kubelet.conf
pem=/var/lib/kubelet/pki/kubelet-client-current.pem
mkdir -p /var/lib/kubelet/pki
for field in certificate key; do sed -n "s/^ *client-$field-data: //p" "$conf" | base64 -d; done >"$pem.first"
chmod 600 "$pem.first"
ln -sf "$pem.first" "$pem"
sed -i -e "s#client-certificate-data: .*#client-certificate: $pem#" -e "s#client-key-data: .*#client-key: $pem#" "$conf"
`;

/**
 * The add-ons are only printed: the operator applies them as soon as the API server answers, while kubeadm still
 * waits and uploads. The printing runs beside kubeadm, in the time that the API server takes to start.
 */
export const INIT_SCRIPT = `${PROLOGUE}
kubeadm init phase certs all --config ${BOOTSTRAP.config}
kubeadm init phase kubeconfig all --config ${BOOTSTRAP.config}
${ROTATABLE_KUBELET_CERTIFICATE}
print_addon() { kubeadm init phase addon "$1" --config ${BOOTSTRAP.config} --print-manifest; }
{ print_addon coredns && echo "---" && print_addon kube-proxy; } >${BOOTSTRAP.addons}.new &
addons=$!
kubeadm init --config ${BOOTSTRAP.config} --skip-phases=preflight,certs,kubeconfig,kubelet-finalize,addon,show-join-command &
init=$!
wait "$addons"
mv ${BOOTSTRAP.addons}.new ${BOOTSTRAP.addons}
wait "$init"
${EPILOGUE}`;

export const JOIN_SCRIPT = `${PROLOGUE}
kubeadm join --config ${BOOTSTRAP.config} --skip-phases=preflight
${EPILOGUE}`;
