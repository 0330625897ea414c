/**
 * ioctls of a VFIO device opened as a character device, with which it gets into iommufd. Their numbers are those that
 * the postings of nesting had used for the container: bytes meant for one never reach the other.
 */
import { defineStruct, u32 } from '../bytes.ts';
import { ioctlNumber } from '../ioctl.ts';

export const VFIO_DEVICE_BIND_IOMMUFD = ioctlNumber(118);
export const VFIO_DEVICE_ATTACH_IOMMUFD_PT = ioctlNumber(119);
export const VFIO_DEVICE_DETACH_IOMMUFD_PT = ioctlNumber(120);

const HEAD = [u32('argsz', 0, 'Bytes the user filled.'), u32('flags', 4, 'Must be 0.')] as const;

export const STRUCT_BIND_IOMMUFD = defineStruct({
  id: 'vfio_device_bind_iommufd',
  title: 'Bind a device to an iommufd',
  bytes: 16,
  fields: [
    ...HEAD,
    u32('iommufd', 8, 'The file of /dev/iommu; signed in C.'),
    u32('out_devid', 12, 'Out: the device as an object of iommufd.'),
  ],
});

export const STRUCT_ATTACH_IOMMUFD_PT = defineStruct({
  id: 'vfio_device_attach_iommufd_pt',
  title: 'Attach a device',
  bytes: 12,
  fields: [...HEAD, u32('pt_id', 8, 'IOAS or HWPT; out: the HWPT.')],
});

export const STRUCT_DETACH_IOMMUFD_PT = defineStruct({
  id: 'vfio_device_detach_iommufd_pt',
  title: 'Detach a device',
  bytes: 8,
  fields: [...HEAD],
});
