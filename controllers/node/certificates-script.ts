import { BOOTSTRAP, NODE_FOLDER } from './bootstrap-script.ts';
import { KUBELET_CERTIFICATE } from './certificates.ts';

const UNIT = 'qbo-certificates-';

export const RENEWAL = {
  /** Each renewal is a unit of its own: one that has succeeded stays known for as long as its node runs. */
  unit: (now: number): string => `${UNIT}${String(Math.floor(now / 1000))}`,
  isUnit: (name: string): boolean => name.startsWith(UNIT),
  script: `${NODE_FOLDER}/certificates.sh`,
  /** With which a kubelet whose certificate has ended asks for another. */
  bootstrap: `${NODE_FOLDER}/bootstrap-kubelet.conf`,
  /** Name of the unit that was begun last. */
  begun: `${NODE_FOLDER}/certificates-begun`,
  /** Name of the unit that was brought to its end last. */
  done: `${NODE_FOLDER}/certificates-done`,
  log: '/var/log/qbo-certificates.log',
} as const;

/** When a renewal of that name was begun, in milliseconds since the epoch. */
export const beganAt = (unit: string | undefined): number | undefined =>
  unit !== undefined && RENEWAL.isUnit(unit) ? Number(unit.slice(UNIT.length)) * 1000 : undefined;

/** What else is to be done than renewing what kubeadm renews. */
export type RenewalMode = 'early' | 'late' | 'with-kubelet';

export const renewalArguments = (unit: string, mode: RenewalMode): readonly string[] => [
  '/bin/sh',
  RENEWAL.script,
  unit,
  mode,
];

/** Arguments: unit, mode. Begins its log anew: a renewal that fails is tried again for as long as it does. */
const PROLOGUE = `#!/bin/sh
set -eu
unit=$1 mode=$2 home=/etc/kubernetes pem=${KUBELET_CERTIFICATE}
: >${RENEWAL.log}
`;

const EPILOGUE = `
echo "$unit" >${RENEWAL.done}.new
sync ${RENEWAL.done}.new
mv ${RENEWAL.done}.new ${RENEWAL.done}
`;

/**
 * Of a control plane; needs no API server. kubeadm works on a copy that it takes for the real folder, and only whole
 * files are moved to where they are used, so that dying anywhere leaves either the old file or the new one.
 *
 * kube-apiserver and etcd take new certificates from their files as they are. The controller manager and the scheduler
 * have read theirs at their start, and are ended one after the other: the kubelet starts them again. Where something has
 * ended already, the kubelet is restarted too: it has been waiting longer and longer between its tries to start the API
 * server. Its own certificate, which it can not renew once that has ended, is made by kubeadm as it was at first.
 */
export const CONTROL_PLANE_RENEWAL = `${PROLOGUE}
stage=${NODE_FOLDER}/renewal
config=''
for file in ${BOOTSTRAP.config} /kind/kubeadm.conf; do
  if grep -qs '^kind: ClusterConfiguration' "$file"; then
    config=$file
    break
  fi
done
rm -rf "$stage"
mkdir "$stage"
chmod 700 "$stage"
cp -a "$home/pki" "$home"/*.conf "$stage"
[ "$mode" != with-kubelet ] || rm -f "$stage/kubelet.conf"
[ -z "$config" ] || cp "$config" "$stage/kubeadm.yaml"
on_copy() {
  unshare --mount sh -euc 'mount --bind "$0" /etc/kubernetes && exec kubeadm "$@"' \\
    "$stage" "$@" \${config:+--config "$home/kubeadm.yaml"}
}

on_copy certs renew all
if [ "$mode" = with-kubelet ]; then
  on_copy init phase kubeconfig kubelet
  conf=$stage/kubelet.conf
  renewed=\${pem%/*}/$unit.pem
  for field in certificate key; do sed -n "s/^ *client-$field-data: //p" "$conf" | base64 -d; done >"$renewed"
  chmod 600 "$renewed"
  sed -i -e "s#client-certificate-data: .*#client-certificate: $pem#" -e "s#client-key-data: .*#client-key: $pem#" "$conf"
  ln -sfn "$renewed" "$pem.new"
  mv -T "$pem.new" "$pem"
fi
rm -f "$stage/kubeadm.yaml"
sync
(cd "$stage" && find . -type f | sort) >"$stage.files"
while read -r file; do
  cmp -s "$stage/$file" "$home/$file" || mv "$stage/$file" "$home/$file"
done <"$stage.files"
rm -rf "$stage" "$stage.files"

[ "$mode" = early ] || systemctl restart kubelet
restart() {
  old=$(pgrep -f -- "--kubeconfig=$home/$1.conf") || return 0
  kill $old || true
  waits=0
  while now=$(pgrep -f -- "--kubeconfig=$home/$1.conf") || true; [ -z "$now" ] || [ "$now" = "$old" ]; do
    waits=$((waits + 1))
    [ $waits -lt 300 ] || break
    sleep 0.2
  done
}
restart controller-manager
restart scheduler
${EPILOGUE}`;

/**
 * Of a worker, whose kubelet has no certificate any more with which it could ask for another: it asks by a token, as it
 * did when it joined. Nothing else of the node is touched, its pods run on.
 */
export const WORKER_RENEWAL = `${PROLOGUE}
bootstrap=$home/bootstrap-kubelet.conf
trap 'rm -f "$bootstrap" ${RENEWAL.bootstrap}' EXIT
before=$(readlink "$pem" || true)
cp -p ${RENEWAL.bootstrap} "$bootstrap"
systemctl restart kubelet
waits=0
while now=$(readlink "$pem" || true); [ -z "$now" ] || [ "$now" = "$before" ]; do
  waits=$((waits + 1))
  if [ $waits -ge 600 ]; then
    echo "The kubelet got no certificate within two minutes"
    journalctl --unit kubelet --lines 5 --no-pager --output cat
    exit 1
  fi
  sleep 0.2
done
${EPILOGUE}`;
