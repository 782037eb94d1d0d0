/**
 * Ids of the zones in which CloudFront reaches no load balancer (CloudFront developer guide, "Restrict access with VPC
 * origins", supported regions). Ids, since a zone's letter differs between accounts.
 */
export const zonesWithoutVpcOrigins: ReadonlySet<string> = new Set(["apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"]);

/** A zone of an account, for example `us-east-1a` with the id `use1-az4`. */
export interface Zone {
    name: string;
    id: string;
}

/** The problem with the zones `wanted` for a load balancer behind CloudFront; `undefined` if there is none. */
export function zoneProblem(wanted: readonly string[], zones: readonly Zone[]): string | undefined {
    const missing = wanted.filter((name) => !zones.some((zone) => zone.name === name));
    const unreached = zones.filter(({ name, id }) => wanted.includes(name) && zonesWithoutVpcOrigins.has(id));
    const problems = [
        ...missing.map((name) => `the account has no zone ${name}`),
        ...unreached.map(({ name, id }) => `CloudFront reaches no balancer in ${name}, which is ${id}`),
    ];
    return problems.length === 0 ? undefined : problems.join(", and ");
}

/** The zones in which CloudFront reaches a load balancer. */
export function usableZones(zones: readonly Zone[]): string[] {
    return zones.filter(({ id }) => !zonesWithoutVpcOrigins.has(id)).map(({ name }) => name);
}
