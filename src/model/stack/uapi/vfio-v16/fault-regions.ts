/** The headers of the DMA FAULT and DMA FAULT RESPONSE regions (b.1). A page later, 512 entries follow. */
import { defineStruct, u32 } from '../bytes.ts';

export const FAULT_RING_ENTRIES = 512;

export const VFIO_REGION_DMA_FAULT = defineStruct({
  id: 'vfio_region_dma_fault',
  title: 'Header of the fault ring',
  bytes: 20,
  fields: [
    u32('tail', 0, 'Consumer: the user. The only word that can be written.'),
    u32('entry_size', 4, 'Bytes of struct iommu_fault.'),
    u32('nb_entries', 8, 'Slots; one of them stays empty.'),
    u32('offset', 12, 'Of the first slot in the region.'),
    u32('head', 16, 'Producer: the kernel.'),
  ],
});

export const VFIO_REGION_DMA_FAULT_RESPONSE = defineStruct({
  id: 'vfio_region_dma_fault_response',
  title: 'Header of the response ring',
  bytes: 20,
  fields: [
    u32('head', 0, 'Producer: the user. The only word that can be written.'),
    u32('entry_size', 4, 'Bytes of struct iommu_page_response.'),
    u32('nb_entries', 8, 'Slots.'),
    u32('offset', 12, 'Of the first slot in the region.'),
    u32('tail', 16, 'Consumer: the kernel.'),
  ],
});
