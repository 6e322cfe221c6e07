#!/bin/sh
# Installs node_modules, unless they were installed from this very package-lock.json.
set -eu

installed_from=node_modules/.installed-from
if cmp -s package-lock.json "$installed_from" && [ -x node_modules/.bin/node ]; then
  exit 0
fi

if ! command -v npm >/dev/null 2>&1; then
  echo 'npm is missing. Install Node.js 20 or newer with npm (https://nodejs.org), then run this again.' >&2
  exit 1
fi

echo '  … Install Node.js 24 and the packages (about half a minute)' >&2
# What the lock file says, and the lock file stays as it is. `npm ci` would refuse it: mirrors of the registry do not have
# every package of other platforms, and what npm could not find it left out when the file was made.
npm install --no-save --no-audit --no-fund --loglevel=error >&2
cp package-lock.json "$installed_from"
echo '  ✓ Install Node.js 24 and the packages' >&2
