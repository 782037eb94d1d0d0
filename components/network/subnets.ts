/** The blocks of a network's subnets within its own block. */

/** A kind of subnets, of which a network has one in each zone. */
export type SubnetKind = "public" | "private" | "isolated";

/** An IPv4 block by its first address, as a number, and the length of its prefix. */
interface Block {
    address: number;
    prefix: number;
}

/** AWS makes no larger VPC (VPC user guide, "VPC CIDR blocks"). */
const LARGEST_PREFIX = 16;
/** A sixteenth of a /23 is a /27, the smallest subnet for load balancers (ELB user guide, "Subnets for your load balancer"). */
const SMALLEST_PREFIX = 23;
/** A subnet is a sixteenth of the network, and no larger than this. */
const SUBNET_PREFIX = 24;
/** The index of a kind's first subnet among the network's sixteen; the subnets of other zones follow. */
const FIRST: Record<SubnetKind, number> = { public: 1, private: 5, isolated: 11 };

/** The problem with a network's block; `undefined` if there is none. */
export function blockProblem(cidrBlock: string): string | undefined {
    const block = parse(cidrBlock);
    if (!block) {
        return "it must be an IPv4 block such as 10.100.0.0/16";
    }
    if (block.prefix < LARGEST_PREFIX || block.prefix > SMALLEST_PREFIX) {
        return `it must be between /${LARGEST_PREFIX}, the most that AWS gives a VPC, and /${SMALLEST_PREFIX}, whose subnets are the smallest that a balancer takes`;
    }
    const first = block.address - (block.address % 2 ** (32 - block.prefix));
    return first === block.address ? undefined : `its first address is ${show({ ...block, address: first })}`;
}

/** The blocks of a kind's subnets, one for each of `zones` zones, in a block without a problem. */
export function subnetBlocks(cidrBlock: string, kind: SubnetKind, zones: number): string[] {
    const network = parse(cidrBlock);
    if (!network) {
        throw new Error(`${cidrBlock} is no IPv4 block`);
    }
    const prefix = Math.max(SUBNET_PREFIX, network.prefix + 4);
    const size = 2 ** (32 - prefix);
    return Array.from({ length: zones }, (_, zone) =>
        show({ address: network.address + (FIRST[kind] + zone) * size, prefix }),
    );
}

function parse(cidrBlock: string): Block | undefined {
    const [, address = "", prefix] = /^((?:\d{1,3}\.){3}\d{1,3})\/(\d{1,2})$/.exec(cidrBlock) ?? [];
    const bytes = address.split(".").map(Number);
    return prefix === undefined || bytes.some((byte) => byte > 255)
        ? undefined
        : { address: bytes.reduce((sum, byte) => sum * 256 + byte, 0), prefix: Number(prefix) };
}

function show({ address, prefix }: Block): string {
    return `${[24, 16, 8, 0].map((bits) => Math.floor(address / 2 ** bits) % 256).join(".")}/${prefix}`;
}
