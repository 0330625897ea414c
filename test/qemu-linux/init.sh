#!/bin/busybox sh
# The first process of the guest: what commands need, the drivers, then a shell on the serial line that echoes nothing.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tracefs trace /sys/kernel/tracing
mount -t debugfs debug /sys/kernel/debug
for module in /modules/*.ko; do insmod "$module"; done
echo 1 >/proc/sys/kernel/printk
stty -echo -onlcr
echo "guest is ready"
PS1= PS2= exec sh
