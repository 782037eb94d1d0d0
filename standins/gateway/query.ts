/** Reads the flat names of the query and EC2 protocols. */

/**
 * The members of a list, each with its own names: for `IpPermissions` and `IpPermissions.1.FromPort`, it is
 * `[{ FromPort }]`. The members of a list of texts have the empty name.
 */
export function membersOf(input: Record<string, string>, list: string): Record<string, string>[] {
    const members = new Map<number, Record<string, string>>();
    for (const [name, value] of Object.entries(input)) {
        const [, index, inner = ""] = name.startsWith(`${list}.`)
            ? (/^(\d+)(?:\.(.+))?$/.exec(name.slice(list.length + 1)) ?? [])
            : [];
        if (index !== undefined) {
            members.set(Number(index), { ...members.get(Number(index)), [inner]: value });
        }
    }
    return [...members].sort(([one], [other]) => one - other).map(([, member]) => member);
}
