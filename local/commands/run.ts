import { join } from "node:path";
import { voiceProgram } from "../../standins/upstreams/speech.ts";
import { keepRuntime, type RunningStory42 } from "../background/runtime.ts";
import { printNotEmulated } from "../cloud/notEmulated.ts";
import { printOutputs } from "../cloud/outputs.ts";
import { makeDemo } from "../demo/demo.ts";
import { withLocalAddresses } from "../lib/addresses.ts";
import { duration, type Screen } from "../lib/screen.ts";
import { LIVE_UPSTREAMS, type LiveUpstream } from "../runtime/upstreamSettings.ts";
import { type BroughtUp, bringUp, type UpOptions } from "./up.ts";

/** Options of `npm run local`. */
export interface RunOptions extends UpOptions {
    /** Make a story and write it to this folder. Default: none is made. */
    demo?: string;
    /** Print everything about the deployment. */
    verbose: boolean;
}

/**
 * Deploys what changed and runs it, makes the demo's story if that is requested, and prints the address and the user to sign
 * in with.
 */
export async function run(options: RunOptions): Promise<void> {
    const { demo, verbose, screen, signal } = options;
    const began = Date.now();
    const brought = await bringUp(options);
    const running = await start(options);
    if (verbose) {
        printEverything(brought, running, screen);
    }
    const hasAgent = brought.outputs.ecs_service_name !== undefined;
    if (demo !== undefined && hasAgent) {
        screen.line();
        await makeDemo({ url: running.url, user: running.user, folder: demo, screen, signal });
    }
    screen.line(`\nReady in ${duration(Date.now() - began)}.`);
    if (demo !== undefined && !hasAgent) {
        screen.line("No story was made: that takes the agent service, and agentEnabled is false.");
    }
    screen.line(whoMakes(options));
    screen.line(
        `npm run local:status has all addresses, npm run local:logs what is going on; npm run local:down removes everything.\n`,
    );
    if (hasAgent) {
        screen.line(`Open     ${running.url}`);
    } else {
        screen.line("There is no signing in at the site without the agent service (agentEnabled is false).");
        screen.line(`REST API ${running.url}/generate-story, and the other paths of the contract`);
    }
    const { email, password, authenticatorKey } = running.user;
    screen.line(`Sign in  ${email}  ${password}${authenticatorKey ? `  authenticator key ${authenticatorKey}` : ""}`);
}

/** The default folder of a demo. */
export function demoFolder(stateDir: string): string {
    return join(stateDir, "demo");
}

async function start({ stateDir, live, modelServer, screen, signal }: RunOptions): Promise<RunningStory42> {
    const step = screen.step("Running what is deployed");
    try {
        const running = await keepRuntime({ stateDir, live, modelServer, signal });
        step.done("functions, service and site answer");
        return running;
    } catch (error) {
        step.failed("not everything starts");
        throw error;
    }
}

function printEverything({ outputs, endpoint, missing }: BroughtUp, running: RunningStory42, screen: Screen): void {
    const values = Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value]));
    const places = { emulator: endpoint, site: running.url, outputs: values };
    printOutputs(screen, outputs, (text) => withLocalAddresses(text, places));
    printNotEmulated(screen, missing);
    screen.line();
    for (const [name, value] of [
        ["Site and API", running.url],
        ["at the gateway", running.apiUrl],
        ["Upstreams", running.upstreamsUrl],
        ["Console", `${running.upstreamsUrl}/console/`],
        ["AWS", endpoint],
    ] as const) {
        screen.line(`  ${name.padEnd(14)}  ${value}`);
    }
}

/** The verb for each upstream, in the singular and the plural, and the name of the real one. */
const MAKERS: Record<LiveUpstream, { one: string; many: string; real: string }> = {
    bedrock: { one: "writes", many: "write", real: "Bedrock" },
    google: { one: "draws", many: "draw", real: "Google" },
    tts: { one: "speaks", many: "speak", real: "the text-to-speech API" },
};

/** Names what writes, draws and speaks: results of stand-ins say nothing about the product's quality. */
export function whoMakes({ live, modelServer }: Pick<RunOptions, "live" | "modelServer">): string {
    const real = (name: LiveUpstream) =>
        name === "bedrock" && modelServer ? modelServer.model : live.includes(name) ? MAKERS[name].real : undefined;
    const named = LIVE_UPSTREAMS.flatMap((name) => (real(name) ? [`${real(name)} ${MAKERS[name].one}`] : []));
    const standIns = LIVE_UPSTREAMS.filter((name) => !real(name));
    if (standIns.length === 0) {
        return sentence(inWords(named));
    }
    const rest = `stand-ins ${inWords(standIns.map((name) => MAKERS[name].many))} here`;
    return [
        sentence([...named, `${rest}: they show how it works, not how well`].join("; ")),
        ...(standIns.includes("tts") && !voiceProgram()
            ? ["They hum instead of speaking until espeak-ng is installed, a package of Debian and others."]
            : []),
        "The real ones: npm run local -- --live bedrock,google,tts. A model of your own: --model-server URL#MODEL.",
    ].join("\n");
}

function sentence(text: string): string {
    return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function inWords(words: string[]): string {
    return words.length > 1 ? `${words.slice(0, -1).join(", ")} and ${words.at(-1)}` : (words[0] ?? "");
}
