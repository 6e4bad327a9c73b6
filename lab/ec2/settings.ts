/** How this EC2 behaves where AWS has quotas, takes time, or where nobody has proven what it does. */
export interface Ec2Settings {
  /** Per route table and address family; propagated routes don't count. */
  routesPerTable: number;
  /** Active and provisioning peerings of one VPC. */
  peeringsPerVpc: number;
  /** Requests of one account in one Region that wait for an answer. */
  outstandingRequests: number;
  /** Whether the product's roles are refused what EC2's token buckets do not hold. */
  throttling: 'none' | 'functions';
  /** How long a new request stays `initiating-request`, in milliseconds of the lab's clock. */
  initiatingMs: number;
  /** How long an accepted peering stays `provisioning`. */
  provisioningMs: number;
  /** How long an inter-Region peering stays `deleting`. */
  deletingMs: number;
  /** CreateRoute with the destination and the target of a route that is there; `refuse`: RouteAlreadyExists. */
  identicalRoute: 'refuse' | 'succeed';
  /** The requester's CIDRs, seen by another account while the request waits. */
  pendingRequesterCidrs: 'shown' | 'hidden';
  /** Whether the accepter's account gets the CloudTrail event of a request that another account makes. */
  crossAccountEvents: 'none' | 'accepter';
}

/** Defaults; environment variables settle for a whole run what nobody has proven. */
export function defaultSettings(environment: NodeJS.ProcessEnv = process.env): Ec2Settings {
  return {
    routesPerTable: 500,
    peeringsPerVpc: 50,
    outstandingRequests: 25,
    throttling: 'none',
    initiatingMs: 0,
    provisioningMs: 300,
    deletingMs: 300,
    identicalRoute: environment.LAB_IDENTICAL_ROUTE === 'succeed' ? 'succeed' : 'refuse',
    pendingRequesterCidrs: environment.LAB_PENDING_REQUESTER_CIDRS === 'hidden' ? 'hidden' : 'shown',
    crossAccountEvents: environment.LAB_CROSS_ACCOUNT_EVENTS === '1' ? 'accepter' : 'none',
  };
}
