/** Numbers of the ioctls of /dev/iommu (c.2). */
import { ioctlNumber } from '../ioctl.ts';

export const IOMMU_DESTROY = ioctlNumber(0x80);
export const IOMMU_IOAS_ALLOC = ioctlNumber(0x81);
export const IOMMU_IOAS_MAP = ioctlNumber(0x85);
export const IOMMU_IOAS_UNMAP = ioctlNumber(0x86);
export const IOMMU_HWPT_ALLOC = ioctlNumber(0x89);
export const IOMMU_GET_HW_INFO = ioctlNumber(0x8a);
export const IOMMU_HWPT_INVALIDATE = ioctlNumber(0x8d);
export const IOMMU_FAULT_QUEUE_ALLOC = ioctlNumber(0x8e);
export const IOMMU_VIOMMU_ALLOC = ioctlNumber(0x90);
export const IOMMU_VDEVICE_ALLOC = ioctlNumber(0x91);
export const IOMMU_VEVENTQ_ALLOC = ioctlNumber(0x93);
export const IOMMU_HW_QUEUE_ALLOC = ioctlNumber(0x94);
