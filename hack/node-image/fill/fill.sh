#!/bin/bash
# Runs in a container of the node's root file system. Imports the archives in /archives into a containerd store on a
# volume (overlay mounts do not stack on a container's own file system), and writes to standard output a tar of what
# the node image gets of it: the unpacked layers and blobs at a place of their own, and a store that points there.
set -o errexit -o nounset -o pipefail
exec 3>&1 1>&2
store=/fill/store
out=/fill/out

containerd --config /fill.toml --root $store --state /run/fill --address /run/fill.sock > /fill/log 2>&1 &
daemon=$!
trap 'tail -n 20 /fill/log' ERR
ctr() { command ctr --address /run/fill.sock --namespace k8s.io "$@"; }
for _ in $(seq 100); do ctr version > /dev/null 2>&1 && break; sleep 0.1; done

for archive in /archives/*.tar; do
  echo "Import $(basename "$archive")"
  ctr images import --snapshotter overlayfs "$archive" > /dev/null
done

# The kubelet's view of images (CRI) names each by its digest too; it does so a moment after the import.
archives=(/archives/*.tar)
for _ in $(seq 100); do
  [[ $(ctr images list -q | grep -c '^sha256:') -lt ${#archives[@]} ]] || break
  sleep 0.1
done

snapshots=io.containerd.snapshotter.v1.overlayfs/snapshots
declare -A folder_of
for layer in $(ctr snapshots list | awk '/Committed/ { print $1 }'); do
  # A view of one layer is a bind mount of its folder; the command is only printed. Nothing holds the view, so it goes.
  mount=$(ctr snapshots view --target /mnt "look-$layer" "$layer")
  folder_of[$layer]=$(grep -o "$store/$snapshots/[0-9]*/fs" <<< "$mount")
done
kill $daemon
wait $daemon || true
[[ ${#folder_of[@]} -eq ${#archives[@]} ]] || { echo "${#folder_of[@]} layers are unpacked, not ${#archives[@]}"; exit 1; }

mkdir -p $out/kind/store/layers $out/kind/store/blobs
for layer in "${!folder_of[@]}"; do
  # The digest's first digits name the place: an image with other layers can never be mistaken for this one.
  place=kind/store/layers/${layer:7:16}
  mv "${folder_of[$layer]}" $out/$place
  ln -s "/$place" "${folder_of[$layer]}"
done
find $store/io.containerd.content.v1.content/blobs -type f -size +64k | while read -r blob; do
  mv "$blob" $out/kind/store/blobs/
  ln -s "/kind/store/blobs/$(basename "$blob")" "$blob"
done
rm -rf $store/io.containerd.content.v1.content/ingest/* $store/tmpmounts
mv $store $out/kind/store/seed
tar --create --numeric-owner --sort=name --directory $out . >&3
