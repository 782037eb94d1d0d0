/** Runs what a stack on the emulator deploys: its functions, its agent service, and one address in front of them. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { LIVE_ALIAS } from "../../components/core/references.ts";
import { AgentHost } from "./agentHost.ts";
import { AwsEntry } from "./awsEntry.ts";
import { Clients } from "./clients.ts";
import { Containers } from "./containers.ts";
import { readDistribution } from "./distribution.ts";
import { FrontDoor } from "./frontDoor.ts";
import { FunctionHost } from "./functions.ts";
import { imageCache } from "./imageFiles.ts";
import { processLauncher } from "./launcher.ts";
import { liveKeys } from "./liveKeys.ts";
import { startRelays } from "./liveRelays.ts";
import { answerOverlay, type Overlay, type Problems } from "./overlay.ts";
import { gatewayAddress, type UpstreamEndpoints } from "./upstreamSettings.ts";

/** The outputs of the stack that identify its other resources. */
export const stackSchema = z.object({
    api_endpoint: z.string(),
    text_function_name: z.string(),
    image_function_name: z.string(),
    data_ops_function_name: z.string(),
    ecs_cluster_name: z.string().optional(),
    ecs_service_name: z.string().optional(),
    cloudfront_distribution_id: z.string().optional(),
});
export type StackOutputs = z.infer<typeof stackSchema>;

export interface RuntimeOptions extends UpstreamEndpoints {
    outputs: StackOutputs;
    /** The local cloud's folder, for unpacked images and logs. */
    stateDir: string;
    /** Run the images as containers with a read-only root, which needs runc and root. Default: as processes. */
    containers?: boolean;
    /** The port of the site and API. Default 0: a free one. */
    port?: number;
    /** The port of the proxy to the emulator; addresses of pictures contain it. Default 0: a free one. */
    awsPort?: number;
    /** The port to which the emulator sends the functions' events. Default 0: a free one. */
    functionsPort?: number;
    /** The first segment of the path to which the emulator sends the functions' events. */
    functionsSecret: string;
    /** Aborts the start and stops what was started. Default: none. */
    signal?: AbortSignal;
}

export interface Runtime {
    /** `/` the site, `/api/*` the agent service, the REST API's paths. */
    url: string;
    stop(): Promise<void>;
}

/** Starts everything. When a part does not start, stops the others and throws an error that names it. */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
    const { outputs, stateDir, endpoint } = options;
    const { ecs_cluster_name: cluster, ecs_service_name: service, cloudfront_distribution_id: site } = outputs;
    let door: FrontDoor | undefined;
    const entry = await AwsEntry.start(endpoint, options.awsPort ?? 0, () => door?.url);
    const clients = new Clients(entry.url, options.region);
    const logDir = join(stateDir, "logs");
    mkdirSync(logDir, { recursive: true });
    const endpoints = { ...options, endpoint: entry.url };
    const launcher = options.containers
        ? await Containers.open(join(stateDir, "containers"), clients.endpoint)
        : processLauncher(clients.endpoint, imageCache(stateDir));
    const shared = { clients, endpoints, launcher, logDir, stateDir };
    const parts: { stop(): Promise<void> }[] = [launcher];
    let isRunning = true;
    const stop = async () => {
        isRunning = false;
        for (const part of parts.reverse()) {
            await part.stop();
        }
        clients.destroy();
        await entry.stop();
    };
    try {
        const { live, region, upstreams } = options;
        const real = await startRelays(live, liveKeys(live, process.env), process.env.AWS_REGION ?? region, upstreams);
        parts.push(...real.relays);
        endpoints.upstreams = real.upstreams;
        let agent: AgentHost | undefined;
        const names = [outputs.text_function_name, outputs.image_function_name, outputs.data_ops_function_name];
        const readSite = async () => (site ? await readDistribution(clients, site) : undefined);
        const functions = await FunctionHost.start({
            ...shared,
            port: options.functionsPort ?? 0,
            secret: options.functionsSecret,
            refresh: async () => {
                await Promise.all([...names.map((name) => functions.warm(name, LIVE_ALIAS)), agent?.update()]);
                door?.serve(await readSite());
            },
            overlay: (request, response) => answerOverlay(request, response, applyOverlay),
        });
        parts.push(functions);
        const applyOverlay = async ({ code, site }: Overlay): Promise<Problems> => {
            if (!isRunning) {
                return {};
            }
            door?.serveSite(site);
            const problems = await Promise.all([agent?.serve(code), functions.serve(code, names, LIVE_ALIAS)]);
            return Object.assign({}, ...problems);
        };
        for (const name of names) {
            options.signal?.throwIfAborted();
            await functions.warm(name, LIVE_ALIAS);
        }
        options.signal?.throwIfAborted();
        if (cluster && service) {
            agent = await AgentHost.start({ ...shared, cluster, service });
            parts.push(agent);
        }
        const apiUrl = gatewayAddress(outputs.api_endpoint, endpoint);
        // Read before the server listens, so that the first request gets the site.
        const distribution = await readSite();
        door = await FrontDoor.start({ clients, port: options.port ?? 0, agent, apiUrl, distribution });
        parts.push(door);
        options.signal?.throwIfAborted();
        return { url: door.url, stop };
    } catch (error) {
        await stop();
        throw error;
    }
}
