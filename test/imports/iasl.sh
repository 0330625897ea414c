#!/bin/bash
# An iasl that knows RMR nodes, in the folder given: acpica-tools of Debian 13, with the libc that it was built for, from the mirror that
# this machine's own apt uses. Prints the command that runs it; where it cannot be had, prints why and exits with 1.
set -u
folder=$1
fail() { echo "$1"; exit 1; }
if command -v iasl >/dev/null && [[ $(iasl -v 2>/dev/null | grep -oE '[0-9]{8}' | head -1) -ge 20220331 ]]; then command -v iasl; exit 0; fi
command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail 'no apt here, and no iasl of 2022 or newer'
loader=$(find "$folder/tree" -name 'ld-linux-*.so*' 2>/dev/null | head -1)
if [[ -z $loader || ! -x $folder/tree/usr/bin/iasl ]]; then
  mirror=$(grep -rhoE '^(URIs:|deb( \[[^]]*\])?) *https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -oE 'https?://[^ ]+' | head -1)
  [[ -n $mirror ]] || fail "this machine's apt sources name no Debian mirror"
  mkdir -p "$folder"/{lists/partial,archives/partial,tree} && : > "$folder/status" || fail "$folder cannot be written"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" > "$folder/sources.list"
  cat > "$folder/apt.conf" <<CONF
Dir::State::lists "$folder/lists"; Dir::State::status "$folder/status"; Dir::Cache "$folder"; Dir::Cache::archives "$folder/archives";
Dir::Etc::sourcelist "$folder/sources.list"; Dir::Etc::sourceparts "-"; APT::Sandbox::User "root"; Acquire::Languages "none";
CONF
  export APT_CONFIG=$folder/apt.conf
  (apt-get update -qq && cd "$folder/archives" && apt-get download -qq acpica-tools libc6) >/dev/null 2>"$folder/errors" || fail "Debian 13's acpica-tools cannot be had: $(tail -1 "$folder/errors")"
  for package in "$folder"/archives/*.deb; do dpkg -x "$package" "$folder/tree" || fail "$package cannot be unpacked"; done
  rm -rf "$folder"/lists "$folder"/archives "$folder"/*.bin
  loader=$(find "$folder/tree" -name 'ld-linux-*.so*' | head -1)
fi
echo "$loader --library-path $(dirname "$(find "$folder/tree" -name libc.so.6 | head -1)") $folder/tree/usr/bin/iasl"
