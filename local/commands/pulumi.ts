import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { runningEmulator } from "../background/emulator.ts";
import { runningService } from "../background/process.ts";
import { modelVariables } from "../background/runtime.ts";
import { fileSettings, regionOf, stackName } from "../cloud/stack.ts";
import { outputsOf, storedState } from "../cloud/storedState.ts";
import { cloudVariables, engineEnvironment } from "../cloud/variables.ts";
import { type Places, withLocalAddresses } from "../lib/addresses.ts";
import { Screen } from "../lib/screen.ts";
import { provideLanguageHost } from "../tools/languageHost.ts";
import { pulumiCli } from "../tools/pulumiCli.ts";
import { ToolSet } from "../tools/tool.ts";

/**
 * Runs Pulumi's own command line on the stack of a running local cloud.
 *
 * @returns its exit code
 */
export async function pulumi(stateDir: string, args: string[]): Promise<number> {
    return await runOnCloud(stateDir, "pulumi", args, args.includes("stack") && args.includes("output"));
}

/**
 * Runs a command in the folder of a local cloud's stack, with Pulumi on the PATH and an environment for the cloud.
 *
 * @param printsOutputs whether it prints outputs, whose addresses are then replaced by those that can be opened here
 * @returns its exit code
 */
export async function runOnCloud(
    stateDir: string,
    command: string,
    args: string[],
    printsOutputs: boolean,
): Promise<number> {
    const { exitCode, stdout } = await execa(command, args, {
        cwd: join(stateDir, "workspace"),
        stdin: "inherit",
        stdout: printsOutputs ? "pipe" : "inherit",
        stderr: "inherit",
        stripFinalNewline: false,
        reject: false,
        env: { ...(await commandEnvironment(stateDir)), PULUMI_STACK: stackName },
    });
    if (printsOutputs) {
        process.stdout.write(withLocalAddresses(stdout ?? "", placesOf(stateDir)));
    }
    return exitCode ?? 1;
}

/** The outputs of a running local cloud's stack, and its local addresses. */
export function placesOf(stateDir: string): Places {
    const outputs = Object.entries(outputsOf(storedState(stateDir))).map(([name, { value }]) => [name, value]);
    const runtime = runningService(stateDir, "runtime");
    return {
        emulator: runningEmulator(stateDir)?.endpoint ?? "",
        site: runtime && `http://127.0.0.1:${runtime.port}`,
        outputs: Object.fromEntries(outputs),
    };
}

/** The environment in which Pulumi's command line, and programs that use it, work on a running local cloud. */
export async function commandEnvironment(stateDir: string): Promise<Record<string, string>> {
    const emulator = runningEmulator(stateDir);
    if (!emulator) {
        throw new Error("The local cloud does not run. Start it: npm run local");
    }
    const cli = await new ToolSet(new Screen(process.stderr), new AbortController().signal).provide(pulumiCli);
    provideLanguageHost(cli);
    const region = regionOf(await fileSettings());
    const env = cloudVariables(stateDir, emulator.endpoint, region);
    return {
        ...engineEnvironment(stateDir, env),
        ...modelVariables(stateDir),
        // The program needs a Node that runs TypeScript, which the system's may not do.
        PATH: [dirname(cli), dirname(process.execPath), process.env.PATH].join(delimiter),
    };
}
