/** Numbers of ioctls as <linux/ioctl.h> makes them: VFIO and iommufd encode neither direction nor size. */

/** `_IO(';', nr)` */
export const ioctlNumber = (nr: number): number => (0x3b << 8) | nr;
