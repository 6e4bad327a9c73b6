import { type Cidr, parseCidr } from './cidr.ts';

/** A range that software on an instance takes for itself, and who does. */
export interface SoftwareRange {
  readonly cidr: Cidr;
  readonly user: string;
}

/**
 * Ranges that software on an instance takes for itself unless it is told otherwise. Docker's bridge: its documentation
 * ("daemon.json", `bip`), also under Cloud9 and SageMaker (VPC guide, "VPC CIDR blocks"). Kubernetes services: EKS guide,
 * "Create a cluster". Management interfaces: WorkSpaces guide, "IP address and port requirements".
 */
export const SOFTWARE_RANGES: readonly SoftwareRange[] = [
  { cidr: parseCidr('172.17.0.0/16'), user: 'Docker (so Cloud9 and SageMaker, too)' },
  { cidr: parseCidr('172.20.0.0/16'), user: 'EKS (for Kubernetes services)' },
  { cidr: parseCidr('10.100.0.0/16'), user: 'EKS (for Kubernetes services)' },
  { cidr: parseCidr('198.19.0.0/16'), user: 'WorkSpaces and AppStream (for their management)' },
  { cidr: parseCidr('192.168.122.0/24'), user: 'libvirt' },
];
