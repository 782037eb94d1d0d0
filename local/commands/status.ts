import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isHealthy } from "../emulator.ts";
import type { Screen } from "../screen.ts";
import { runningService } from "../services.ts";

/** Says what of a local cloud runs. Returns whether its emulator answers. */
export async function status(stateDir: string, screen: Screen): Promise<boolean> {
    const emulator = runningService(stateDir, "emulator");
    const healthy = emulator !== undefined && (await isHealthy(`http://127.0.0.1:${emulator.port}`));
    for (const name of ["emulator", "provider", "buildkit", "upstreams", "runtime"]) {
        const service = runningService(stateDir, name);
        const health = name === "emulator" && service && !healthy ? "does not answer" : "runs";
        screen.line(
            service
                ? `${name.padEnd(10)} ${health}  127.0.0.1:${service.port}  process ${service.process.pid}  log ${service.log}`
                : `${name.padEnd(10)} stopped`,
        );
    }
    const local = join(stateDir, "local.json");
    if (existsSync(local)) {
        const { outputs } = JSON.parse(readFileSync(local, "utf8")) as { outputs: Record<string, unknown> };
        screen.line(`deployed   API ${outputs.api_endpoint}, site ${outputs.website_url}`);
    } else {
        screen.line("deployed   nothing; `npm run local` deploys");
    }
    return healthy;
}
