interface Statement {
    Effect: string;
    Principal?: { Service?: string | string[] };
}

/** Whether a policy of a resource, or a role's trust policy, allows one of AWS's services anything. */
export function allowsService(policy: string, service: string): boolean {
    const { Statement: statements = [] }: { Statement?: Statement | Statement[] } = JSON.parse(policy);
    return [statements]
        .flat()
        .some(({ Effect, Principal }) => Effect === "Allow" && [Principal?.Service].flat().includes(service));
}
