/**
 * Every folder of examples/, from the packed package, on the local cloud. A new example is a folder there and a file with
 * its name in examples/ beside this one, which says how it is looked at.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { expect } from "chai";
import { execa } from "execa";
import { ownGroupPulumi } from "../../automation/engine/pulumiCommand.ts";
import { stopEmulator } from "../../local/background/emulator.ts";
import { stopService } from "../../local/background/process.ts";
import { type Cloud, openCloud } from "../../local/cloud/cloud.ts";
import { engineEnvironment } from "../../local/cloud/variables.ts";
import { Screen } from "../../local/lib/screen.ts";
import { pulumiVersion } from "../../local/tools/pulumiCli.ts";
import manifest from "../../package/package.json" with { type: "json" };
import tested from "../../package.json" with { type: "json" };
import { copyExample, installInto, nodes, pack, root, tarballName } from "../kit/packed.ts";
import type { Installed, ProgramExample, ScriptExample } from "./examples/example.ts";

const region = "us-east-1";
const names = readdirSync(join(root, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe("The examples, from the packed package", function () {
    this.timeout(900_000);
    const work = mkdtempSync(join(tmpdir(), "story-42-examples-"));
    let cloud: Cloud;

    before(async () => {
        const [opened] = await Promise.all([
            open(),
            installInto(work, ["typescript", "@types/node", "@aws-sdk/client-dynamodb", "@aws-sdk/client-ecs"]),
        ]);
        cloud = opened;
    });
    after(async () => {
        cloud?.close();
        await stopService(cloudDir(), "buildkit");
        await stopEmulator(cloudDir());
        rmSync(work, { recursive: true, force: true });
    });

    const cloudDir = () => join(work, "cloud");
    const open = () => {
        mkdirSync(cloudDir(), { recursive: true });
        const { signal } = new AbortController();
        return openCloud({
            stateDir: cloudDir(),
            region,
            buildImages: true,
            screen: new Screen(process.stderr),
            signal,
        });
    };

    /** Copies an example to where it finds its packages, and gives it a state of its own. */
    async function install(name: string, { systemNode, npmInstall }: Partial<ProgramExample>): Promise<Installed> {
        const folder = npmInstall ? join(work, "npm/examples", name) : join(work, "examples", name);
        copyExample(name, folder);
        if (npmInstall) {
            await execa("cp", [await pack(), join(work, "npm", tarballName)]);
            await execa("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
        }
        const stateDir = join(work, "states", name);
        mkdirSync(stateDir, { recursive: true });
        const { endpoint } = cloud.emulator;
        const all = await nodes();
        const node = (systemNode ? all.at(-1) : all[0])?.path ?? process.execPath;
        return {
            folder,
            cloud,
            client: { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } },
            env: {
                ...engineEnvironment(stateDir, cloud.env),
                PATH: [dirname(node), process.env.PATH].join(delimiter),
            },
        };
    }

    for (const name of names) {
        it(name, async () => {
            const example: Partial<ProgramExample & ScriptExample> = await import(`./examples/${name}.ts`);
            const installed = await install(name, example);
            if (example.typeCheck) {
                await execa("tsc", ["-p", "."], { cwd: installed.folder });
            }
            if (example.run) {
                await example.run(installed);
            } else {
                await lifeOf(installed, example as ProgramExample);
            }
        });
    }

    it("name the package and what it stands on as they are", () => {
        const versions: Record<string, string> = { ...tested.devDependencies, ...tested.dependencies };
        for (const name of names) {
            const { dependencies } = JSON.parse(readFileSync(join(root, "examples", name, "package.json"), "utf8"));
            // As a plugin it has a name of its own: Pulumi takes what follows an @ in a path for a version.
            const { [manifest.name]: imported, story42: plugin, ...others } = dependencies;
            const own = imported ?? plugin;
            expect(own, name).to.equal(`file:../../${tarballName}`);
            for (const [dependency, version] of Object.entries(others)) {
                expect(version, `${name}: ${dependency}`).to.equal(versions[dependency]);
            }
        }
    });
});

/** Up, a look at what is there, nothing to change, and away. */
async function lifeOf(installed: Installed, example: ProgramExample): Promise<void> {
    const stack = await openStack(installed, example);
    const first = await telling((options) => stack.up(options));
    expect(first.summary.result).to.equal("succeeded");
    const outputs = Object.fromEntries(Object.entries(first.outputs).map(([name, { value }]) => [name, value]));
    await example.check(outputs, installed);
    const { changeSummary } = await telling((options) => stack.preview({ ...options, expectNoChanges: true }));
    expect(Object.keys(changeSummary)).to.deep.equal(["same"]);
    await telling((options) => stack.destroy(options));
    const { deployment } = await stack.exportStack();
    expect(deployment.resources ?? []).to.deep.equal([]);
    await example.gone?.(outputs, installed);
}

interface Listening {
    onOutput(text: string): void;
    color: "never";
}

/** Runs the engine; when that fails, with all that it said. */
async function telling<T>(operation: (options: Listening) => Promise<T>): Promise<T> {
    let said = "";
    const onOutput = (text: string) => {
        said += text;
    };
    return await operation({ onOutput, color: "never" }).catch((error) => {
        throw new Error(`${error.message}\n${said}`);
    });
}

async function openStack(installed: Installed, example: ProgramExample): Promise<Stack> {
    const { folder, env, cloud } = installed;
    const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: "trial", workDir: folder },
        { envVars: env, pulumiCommand: ownGroupPulumi(cloud.pulumi, pulumiVersion) },
    );
    const settings = Object.entries(example.settings?.(installed) ?? {}).map(([key, value]) => [
        key,
        typeof value === "string" ? { value } : { value: value.secret, secret: true },
    ]);
    await stack.setAllConfig(Object.fromEntries(settings));
    return stack;
}
