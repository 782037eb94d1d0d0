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

/** The status of a local cloud. */
export interface Status {
    /** Whether its emulator answers. */
    ok: boolean;
    parts: Part[];
    /** The deployed parts, with their local addresses; empty before the first deployment. */
    deployed: Part[];
    /** The user who may sign in; null when nothing runs. */
    user: LocalUser | null;
}

/** Prints the health and address of each part of a local cloud, and its user. Returns whether its emulator answers. */
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

/** Reads the stack's state, not local.json, which `npm run local -- pulumi destroy` does not update. */
async function lookAtDeployed(stateDir: string): Promise<Part[]> {
    const { emulator, site, outputs } = placesOf(stateDir);
    if (typeof outputs.api_endpoint !== "string") {
        return [];
    }
    const api = emulator ? `${gatewayAddress(outputs.api_endpoint, emulator)}/generate-story` : undefined;
    const part = async (
        name: string,
        address: string | undefined,
        isHealthy: (address: string) => Promise<boolean>,
    ): Promise<Part> => {
        if (address === undefined) {
            return { part: name, health: "stopped" };
        }
        return { part: name, health: (await isHealthy(address)) ? "healthy" : "does not answer", address };
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
        // The gateway itself refuses a request without a token, which shows that the API is there.
        await part("REST API", api, (address) => responds(address, "POST", 401)),
    ];
}

/** The desired count of the agent service: 0 when it is paused. */
async function desiredTasks(endpoint: string, outputs: Record<string, unknown>): Promise<number | undefined> {
    const ecs = new ECSClient({ endpoint, region: String(outputs.region), credentials: OPERATOR });
    const { ecs_cluster_name: cluster, ecs_service_name: service } = outputs;
    const command = new DescribeServicesCommand({ cluster: String(cluster), services: [String(service)] });
    const found = await ecs.send(command).catch(() => undefined);
    ecs.destroy();
    return found?.services?.[0]?.desiredCount;
}

async function responds(address: string, method = "GET", expected = 200): Promise<boolean> {
    return await fetch(address, { method, signal: AbortSignal.timeout(5_000) }).then(
        ({ status }) => status === expected,
        () => false,
    );
}
