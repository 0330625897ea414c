#!/bin/bash
# A QEMU with the qtest accelerator and iommu-testdev, in the folder given: that of Debian 13's backports with the libraries that it was built
# for, from the mirror that this machine's own apt uses. Prints the path of a program that runs it; where it cannot be had, why, and exits with 1.
set -u
folder=$1
fail() { echo "$1"; exit 1; }
program=$folder/qemu-system-aarch64
[[ -x $program ]] && { echo "$program"; exit 0; }
command -v apt-get >/dev/null && command -v dpkg >/dev/null || fail 'no apt here'
mirror=$(grep -rhoE '^(URIs:|deb( \[[^]]*\])?) *https?://[^ ]*/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -oE 'https?://[^ ]+' | head -1)
[[ -n $mirror ]] || fail "this machine's apt sources name no Debian mirror"
mkdir -p "$folder"/{lists/partial,archives/partial,tree} && : > "$folder/status" || fail "$folder cannot be written"
for suite in trixie trixie-backports; do echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"; done > "$folder/sources.list"
cat > "$folder/apt.conf" <<CONF
Dir::State::lists "$folder/lists"; Dir::State::status "$folder/status"; Dir::Cache "$folder"; Dir::Cache::archives "$folder/archives";
Dir::Etc::sourcelist "$folder/sources.list"; Dir::Etc::sourceparts "-"; APT::Sandbox::User "root"; Acquire::Languages "none";
CONF
export APT_CONFIG=$folder/apt.conf
(apt-get update -qq && apt-get install -y -qq --download-only --no-install-recommends -t trixie-backports qemu-system-arm) >/dev/null 2>"$folder/errors" || fail "the QEMU of Debian 13's backports cannot be had: $(tail -1 "$folder/errors")"
for package in "$folder"/archives/{qemu-system-arm,qemu-system-common,lib,zlib}*.deb; do dpkg -x "$package" "$folder/tree" || fail "$package cannot be unpacked"; done
rm -rf "$folder"/lists "$folder"/archives "$folder"/*.bin
loader=$(find "$folder/tree" -name 'ld-linux-*.so*' | head -1)
libraries=$(dirname "$(find "$folder/tree" -name libc.so.6 | head -1)")
# Its modules, the accelerator among them, are looked for where the machine's own QEMU has its.
cat > "$program" <<RUN
#!/bin/sh
QEMU_MODULE_DIR='$libraries/qemu' exec '$loader' --library-path '$libraries' '$folder/tree/usr/bin/qemu-system-aarch64' "\$@"
RUN
chmod +x "$program" && echo "$program"
