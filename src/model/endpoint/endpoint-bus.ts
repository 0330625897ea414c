import type { AtcInvalidation, Endpoints, PageResponse } from '../smmu/ats/endpoints.ts';
import type { Endpoint } from './endpoint.ts';

/** The functions behind an SMMU, by StreamID. One that uses no ATS refuses an invalidation, which is an answer (IHI 0070 7.1). */
export class EndpointBus implements Endpoints {
  private readonly endpoints = new Map<number, Endpoint>();

  add(endpoint: Endpoint): void {
    this.endpoints.set(endpoint.sid, endpoint);
  }

  /** In the order in which they were added. */
  get all(): readonly Endpoint[] {
    return [...this.endpoints.values()];
  }

  of(sid: number): Endpoint | null {
    return this.endpoints.get(sid) ?? null;
  }

  invalidate(invalidation: AtcInvalidation): boolean {
    return this.of(invalidation.sid)?.invalidate(invalidation) ?? true;
  }

  respond(response: PageResponse): void {
    this.of(response.sid)?.respond(response);
  }
}
