import { DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import { pathOf } from "../../contract/agentRoutes.ts";
import { backgroundServices } from "../background/index.ts";
import { inOneLine, type Part, partsOf } from "../background/parts.ts";
import type { Screen } from "../lib/screen.ts";
import { OPERATOR } from "../runtime/clients.ts";
import { gatewayAddress } from "../runtime/upstreamSettings.ts";
import { keptUser, type LocalUser } from "../runtime/user.ts";
import { placesOf } from "./pulumi.ts";

/** The parts that stand for AWS. */
const EMULATOR = ["emulator", "gateway"];

/** What of a local cloud runs. */
export interface Status {
    /** Whether its emulator answers. */
    ok: boolean;
    parts: Part[];
    /** What is deployed, by the addresses that a client has here; nothing before the first deployment. */
    deployed: Part[];
    /** Who may sign in; nobody when nothing runs. */
    user: LocalUser | null;
}

/** Says how each part of a local cloud is and where, and who may sign in. Returns whether its emulator answers. */
export async function status(stateDir: string, screen: Screen, asJson: boolean): Promise<boolean> {
    const found = await look(stateDir);
    if (asJson) {
        screen.line(JSON.stringify(found, null, 2));
        return found.ok;
    }
    for (const part of [...found.parts, ...found.deployed]) {
        screen.line(inOneLine(part));
    }
    if (found.deployed.length === 0) {
        screen.line("deployed   nothing; `npm run local` deploys");
    }
    if (found.user) {
        const { email, password, authenticatorKey } = found.user;
        const rest = authenticatorKey ? `  authenticator key ${authenticatorKey}` : "";
        screen.line(`sign in    ${email}  ${password}${rest}`);
    }
    return found.ok;
}

async function look(stateDir: string): Promise<Status> {
    const parts = await partsOf(stateDir, backgroundServices);
    const deployed = await lookAtDeployed(stateDir);
    const runs = parts.some(({ part, health }) => part === "runtime" && health === "healthy");
    return {
        ok: parts.every(({ part, health }) => !EMULATOR.includes(part) || health === "healthy"),
        parts,
        deployed,
        user: runs && deployed.length > 0 ? keptUser(stateDir) : null,
    };
}

/** Asks the state, not a note of the last `npm run local`: `npm run local -- pulumi destroy` counts as well. */
async function lookAtDeployed(stateDir: string): Promise<Part[]> {
    const { emulator, site, outputs } = placesOf(stateDir);
    if (typeof outputs.api_endpoint !== "string") {
        return [];
    }
    const api = emulator ? `${gatewayAddress(outputs.api_endpoint, emulator)}/generate-story` : undefined;
    const part = async (
        name: string,
        address: string | undefined,
        isWell: (address: string) => Promise<boolean>,
    ): Promise<Part> => {
        if (address === undefined) {
            return { part: name, health: "stopped" };
        }
        return { part: name, health: (await isWell(address)) ? "healthy" : "does not answer", address };
    };
    const agent = async (): Promise<Part> => {
        if (outputs.ecs_service_name === undefined) {
            return { part: "agent", health: "not deployed" };
        }
        if (emulator && (await desiredTasks(emulator, outputs)) === 0) {
            return { part: "agent", health: "stopped" };
        }
        return await part("agent", site && `${site}${pathOf("authHealth")}`, responds);
    };
    return [
        await part("site", site, responds),
        await agent(),
        // Who brings no token is refused by the gateway itself: it is there.
        await part("REST API", api, (address) => responds(address, "POST", 401)),
    ];
}

/** How many tasks the agent service is to have: none when it is paused. */
async function desiredTasks(endpoint: string, outputs: Record<string, unknown>): Promise<number | undefined> {
    const ecs = new ECSClient({ endpoint, region: String(outputs.region), credentials: OPERATOR });
    const { ecs_cluster_name: cluster, ecs_service_name: service } = outputs;
    const asked = new DescribeServicesCommand({ cluster: String(cluster), services: [String(service)] });
    const found = await ecs.send(asked).catch(() => undefined);
    ecs.destroy();
    return found?.services?.[0]?.desiredCount;
}

async function responds(address: string, method = "GET", expected = 200): Promise<boolean> {
    return await fetch(address, { method, signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status === expected,
        () => false,
    );
}
