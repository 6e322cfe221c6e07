#!/bin/sh
# The programs that the dataplane runs, with the libraries that they need, out of Debian's packages into the folder $1.
# Nothing is installed where this runs. The C library is the one that Node.js brings.
set -eu

tools='nftables ipvsadm iproute2 iptables conntrack'
# Depended on by scripts and services that stay out, or there already.
without='libc6|libc-bin|libgcc-s1|gcc-[0-9]+-base|libcrypt1|perl.*|debconf.*|cdebconf|init-system-helpers|netbase|dpkg|tar|libbz2.*|liblzma.*|libzstd.*|libdebconf.*|libnewt.*|libslang.*|libacl1|libtextwrap1|libaudit.*|libcap-ng.*|libpam.*'
# Programs that are run; the others stay out.
programs='nft|ipvsadm|ip|conntrack|(ip6?|x)tables-(nft|legacy)(-multi)?'
kept='bin sbin lib usr/bin usr/sbin usr/lib'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
closure() {
  apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    $tools | grep -E '^[a-z0-9]' | sort -u | grep -Evx "$without"
}
if ! closure > packages || ! apt-get download -q $(cat packages); then
  # A machine that has no lists of packages yet, or whose lists name a version that is gone.
  apt-get update -q
  closure > packages
  apt-get download -q $(cat packages)
fi
mkdir root
for package in *.deb; do dpkg-deb --extract "$package" root; done
for folder in $kept; do
  [ -d "root/$folder" ] || continue
  mkdir -p "$1/$(dirname "$folder")"
  cp -a "root/$folder" "$1/$(dirname "$folder")/"
done
for folder in bin sbin usr/bin usr/sbin; do
  ls "$1/$folder" | grep -Evx "$programs" | while read -r other; do rm -f "$1/$folder/$other"; done
done
rm -rf "$1"/lib/systemd "$1"/usr/lib/systemd "$1"/usr/lib/tmpfiles.d "$1"/usr/lib/iproute2 "$1"/usr/lib/*/gconv
