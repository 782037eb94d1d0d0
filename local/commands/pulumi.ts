import { join } from "node:path";
import { execa } from "execa";
import { cloudVariables } from "../cloud.ts";
import { runningEmulator } from "../emulator.ts";
import { engineEnvironment, fileSettings } from "../engine/stack.ts";
import { Screen } from "../screen.ts";
import { runningService } from "../services.ts";
import { provideLanguageHost } from "../tools/languageHost.ts";
import { pulumiCli } from "../tools/pulumiCli.ts";
import { ToolSet } from "../tools/tool.ts";

/**
 * Runs Pulumi's own command line on the stack of a local cloud that runs.
 *
 * @returns its exit code
 */
export async function pulumi(stateDir: string, args: string[]): Promise<number> {
    const emulator = runningEmulator(stateDir);
    if (!emulator) {
        throw new Error("The local cloud does not run. Start it: npm run local");
    }
    const cli = await new ToolSet(new Screen(process.stderr), new AbortController().signal).provide(pulumiCli);
    provideLanguageHost(cli);
    const region = (await fileSettings())["aws:region"]?.value ?? "us-east-1";
    const env = cloudVariables(stateDir, emulator.endpoint, region, runningService(stateDir, "provider")?.port);
    const { exitCode } = await execa(cli, args, {
        cwd: join(stateDir, "workspace"),
        stdio: "inherit",
        reject: false,
        env: { ...engineEnvironment({ stateDir, env }), PULUMI_STACK: "local" },
    });
    return exitCode ?? 1;
}
