import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { LocalWorkspace, type PulumiCommand, type StackSettings } from "@pulumi/pulumi/automation/index.js";
import { type ExecaError, execa } from "execa";
import type { LimitFunction } from "p-limit";
import packageFile from "../../package/package.json" with { type: "json" };
import { builtSite, SiteError } from "../../stacks/siteBuild.ts";
import { withoutMetadataFiles } from "../engine/backend.ts";
import { commandFailure } from "../engine/failure.ts";
import { ownGroupPulumi } from "../engine/pulumiCommand.ts";
import { type EngineOptions, fileOf, projectName, writeProject } from "../engine/workspace.ts";
import { SettingsError, SetUpError } from "../errors.ts";
import type { StoryStacksOptions } from "../options.ts";
import { endRemaining, endRemainingOnExit, newMark } from "../processes/leftProcesses.ts";

/** What the stacks of one `StoryStacks` share. */
export class Driver {
    readonly projectFolder: string | undefined;
    readonly parallel: number | undefined;
    readonly policyPacks: readonly string[] | undefined;
    readonly #limit: LimitFunction;
    readonly #command: string;
    readonly #envVars: Record<string, string>;
    readonly #secretsProvider: string | undefined;
    /** How secrets are encrypted, by stack, read from their states. */
    readonly #encryptions = new Map<string, StackSettings>();
    /** The last queued operation that changes a stack, by the stack's name. */
    readonly #last = new Map<string, Promise<void>>();
    #pulumi: Promise<EngineOptions["pulumi"]> | undefined;

    constructor(options: StoryStacksOptions, limit: LimitFunction) {
        const { projectFolder, envVars = {} } = options;
        this.projectFolder = projectFolder === undefined ? undefined : resolve(projectFolder);
        this.parallel = options.parallel;
        this.#limit = limit;
        this.policyPacks = options.policyPacks?.map((folder) => resolve(folder));
        this.#secretsProvider = options.secretsProvider;
        this.#command = options.pulumiCommand ?? "pulumi";
        const backend = withoutMetadataFiles(
            options.backend ?? envVars.PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL,
        );
        this.#envVars = { ...envVars, ...(backend === undefined ? {} : { PULUMI_BACKEND_URL: backend }) };
    }

    /**
     * Runs an operation after those that it must wait for.
     *
     * @param changed the stack that it changes: earlier operations that change the same stack run first
     * @param signal ends the waiting
     * @throws the signal's reason, when it is aborted before the turn has come
     */
    async inTurn<Result>(
        changed: string | undefined,
        signal: AbortSignal | undefined,
        work: () => Promise<Result>,
    ): Promise<Result> {
        signal?.throwIfAborted();
        let abort = () => {};
        const aborted = new Promise<never>((_, reject) => {
            abort = () => reject(signal?.reason);
        });
        signal?.addEventListener("abort", abort, { once: true });
        const begin = async () => {
            signal?.removeEventListener("abort", abort);
            signal?.throwIfAborted();
            return await work();
        };
        const before = changed === undefined ? undefined : this.#last.get(changed);
        const end = before ? before.then(() => this.#limit(begin)) : this.#limit(begin);
        if (changed !== undefined) {
            const settled = end.then(
                () => {},
                () => {},
            );
            this.#last.set(changed, settled);
            void settled.then(() => this.#last.get(changed) === settled && this.#last.delete(changed));
        }
        return await Promise.race([aborted, end]);
    }

    /**
     * Runs an operation in the project's folder with the stack's file, or in a temporary folder.
     *
     * @param region the region of settings that a program gave; `undefined` for the stack's file, if there is one
     * @param programFolder the base of the program's relative paths
     */
    async within<Result>(
        stackName: string,
        region: string | undefined,
        programFolder: string | undefined,
        work: (engineOptions: EngineOptions) => Promise<Result>,
    ): Promise<Result> {
        const pulumi = await this.#findPulumi();
        const command = ownGroupPulumi(pulumi.path, pulumi.version);
        const mark = newMark();
        const own = await this.#encryptionOfFile(stackName, command);
        const secretsProvider = own.secretsProvider ?? this.#secretsProvider;
        const engineOptions = { stackName, pulumi, envVars: this.#envVars, mark, secretsProvider };
        if (region === undefined && this.projectFolder !== undefined && this.hasFile(stackName)) {
            return await withCleanup({ ...engineOptions, workDir: this.projectFolder }, undefined, work);
        }
        const workDir = await mkdtemp(join(tmpdir(), "story-42-"));
        return await withCleanup({ ...engineOptions, workDir }, workDir, async (engineOptions) => {
            writeProject(workDir, programFolder);
            const envVars = { ...engineOptions.envVars, ...mark };
            const workspace = await LocalWorkspace.create({ workDir, envVars, pulumiCommand: command });
            const encryption = isEncryption(own) ? own : await this.#encryptionOfState(stackName, workspace);
            const config = region === undefined ? {} : { "aws:region": region };
            await workspace.saveStackSettings(stackName, { ...encryption, config });
            return await work({ ...engineOptions, secretsProvider: encryption.secretsProvider ?? secretsProvider });
        });
    }

    /** Whether the project's folder is one of Story-42 and has the stack's file. */
    hasFile(stackName: string): boolean {
        const folder = this.projectFolder;
        return folder !== undefined && projectIn(folder) === projectName && existsSync(join(folder, fileOf(stackName)));
    }

    /** The name of the project in the project's folder, if it is not Story-42's. */
    get foreignProject(): string | undefined {
        const found = this.projectFolder === undefined ? undefined : projectIn(this.projectFolder);
        return found === projectName ? undefined : found;
    }

    /** The base folder of the program's relative paths. */
    programFolder(siteContent: string | undefined): string | undefined {
        return this.projectFolder ?? (siteContent === undefined ? undefined : dirname(siteContent));
    }

    /** The built site, by its path from the program's folder. */
    async site(siteContent: string | undefined): Promise<string> {
        const folder = this.programFolder(siteContent);
        if (folder === undefined) {
            throw new SetUpError(
                "There is no site: neither projectFolder nor siteContent is given.",
                "Give siteContent, the folder of a built site, or projectFolder, a checkout to build it in.",
            );
        }
        if (siteContent !== undefined) {
            if (!existsSync(join(siteContent, "index.html"))) {
                throw new SetUpError(
                    `siteContent, ${siteContent}, is no built site: it has no index.html.`,
                    "Give siteContent, the folder of a built site (npm run build in site/ makes site/dist).",
                );
            }
            return relative(folder, siteContent);
        }
        if (!existsSync(join(folder, "site/package.json"))) {
            throw new SetUpError(
                `There is no site to build in ${folder}.`,
                "Give a projectFolder (--project) that is a whole checkout, or siteContent (--site), the folder of a built site.",
            );
        }
        return await siteIn(folder);
    }

    /** The stacks in the backend. */
    async stackNames(): Promise<string[]> {
        const { path, version } = await this.#findPulumi();
        const workDir = await mkdtemp(join(tmpdir(), "story-42-"));
        try {
            writeProject(workDir, undefined);
            const pulumiCommand = ownGroupPulumi(path, version);
            const workspace = await LocalWorkspace.create({ workDir, envVars: this.#envVars, pulumiCommand });
            return (await workspace.listStacks()).map(({ name }) => name);
        } catch (error) {
            throw commandFailure(error);
        } finally {
            await rm(workDir, { recursive: true, force: true });
        }
    }

    /** How the secrets of a stack are encrypted, from its file in the project's folder. */
    async #encryptionOfFile(stackName: string, pulumiCommand: PulumiCommand): Promise<StackSettings> {
        if (this.projectFolder === undefined || !this.hasFile(stackName)) {
            return {};
        }
        const project = await LocalWorkspace.create({ workDir: this.projectFolder, pulumiCommand });
        try {
            const { config, ...encryption } = await project.stackSettings(stackName);
            return encryption;
        } catch (error) {
            throw new SettingsError([`${fileOf(stackName)} can't be read: ${(error as Error).message}`]);
        }
    }

    /** How the secrets of a stack are encrypted, from its state, or for a new stack from the options. */
    async #encryptionOfState(stackName: string, workspace: LocalWorkspace): Promise<StackSettings> {
        const known = this.#encryptions.get(stackName);
        if (known) {
            return known;
        }
        const exported = await workspace.exportStack(stackName).catch((error: Error) => {
            if (error.name === "StackNotFoundError") {
                return undefined;
            }
            throw error;
        });
        const { type, state } = (exported?.deployment?.secrets_providers ?? {}) as SecretsProviders;
        if (type === "cloud") {
            const encryption = { secretsProvider: state?.url, encryptedKey: state?.encryptedkey };
            this.#encryptions.set(stackName, encryption);
            return encryption;
        }
        if (type === "passphrase") {
            const encryption = { encryptionSalt: state?.salt };
            this.#encryptions.set(stackName, encryption);
            return encryption;
        }
        return isKey(this.#secretsProvider) ? { secretsProvider: this.#secretsProvider } : {};
    }

    /** Finds Pulumi's command line, once. */
    async #findPulumi(): Promise<EngineOptions["pulumi"]> {
        this.#pulumi ??= findPulumi(this.#command, this.#envVars);
        try {
            return await this.#pulumi;
        } catch (error) {
            // Don't cache the failure: Pulumi may be installed by the next time.
            this.#pulumi = undefined;
            throw error;
        }
    }
}

/** The oldest command line that the driver works with: as old as the oldest SDK. */
const OLDEST_PULUMI = packageFile.peerDependencies["@pulumi/pulumi"].replace("^", "");

/**
 * Finds Pulumi's command line.
 *
 * @throws {SetUpError} when it does not exist, does not work, is too old or is not Pulumi
 */
export async function findPulumi(path: string, env: Record<string, string>): Promise<EngineOptions["pulumi"]> {
    const advice =
        path === "pulumi"
            ? `Install Pulumi ${OLDEST_PULUMI} or later so that it is on the PATH: https://www.pulumi.com/docs/install/`
            : `pulumiCommand names the program: give that of Pulumi ${OLDEST_PULUMI} or later, or leave it away for the one on the PATH.`;
    const output = await execa(path, ["version"], { env, stdin: "ignore" }).catch((error: ExecaError) => {
        const { code, shortMessage } = error;
        const problem = code === "ENOENT" ? `Pulumi's command line, ${path}, is not there.` : undefined;
        throw new SetUpError(problem ?? `${path} does not work: ${shortMessage}`, advice, { cause: error });
    });
    const [, version] = /^v?(\d+\.\d+\.\d+\S*)$/.exec(output.stdout.trim()) ?? [];
    if (version === undefined) {
        throw new SetUpError(`${path} is no Pulumi: it does not tell its version.`, advice);
    }
    if (version.localeCompare(OLDEST_PULUMI, "en", { numeric: true }) < 0) {
        throw new SetUpError(`${path} is Pulumi ${version}; ${OLDEST_PULUMI} or later is needed.`, advice);
    }
    return { path, version };
}

/** The encryption of secrets in a state. */
interface SecretsProviders {
    /** Of a key service `cloud`, of a passphrase `passphrase`. */
    type?: string;
    state?: { url?: string; encryptedkey?: string; salt?: string };
}

function isEncryption({ secretsProvider, encryptedKey, encryptionSalt }: StackSettings): boolean {
    return (secretsProvider ?? encryptedKey ?? encryptionSalt) !== undefined;
}

/** Whether a secrets provider is a key service's key; others are not written to a stack's file. */
function isKey(secretsProvider: string | undefined): boolean {
    return secretsProvider?.includes("://") ?? false;
}

/** Runs `work`; afterwards, even if this process dies, ends the processes that it started and removes the temporary folder. */
async function withCleanup<Result>(
    engineOptions: EngineOptions,
    folder: string | undefined,
    work: (engineOptions: EngineOptions) => Promise<Result>,
): Promise<Result> {
    const cancelCleanup = endRemainingOnExit(engineOptions.mark, folder);
    try {
        return await work(engineOptions);
    } catch (error) {
        // A killed engine leaves its plugins running, and a killed worker its engine.
        await endRemaining(engineOptions.mark);
        throw error;
    } finally {
        if (folder !== undefined) {
            await rm(folder, { recursive: true, force: true });
        }
        cancelCleanup();
    }
}

/** Running builds, by folder. */
const builds = new Map<string, Promise<string>>();

/** Builds the site of a folder; concurrent calls share one build. */
async function siteIn(folder: string): Promise<string> {
    const running = builds.get(folder) ?? buildSite(folder).finally(() => builds.delete(folder));
    builds.set(folder, running);
    return await running;
}

async function buildSite(folder: string): Promise<string> {
    try {
        return await builtSite(() => {}, folder);
    } catch (error) {
        if (error instanceof SiteError) {
            throw new SetUpError(error.message, "Mend what the site's build says, or give siteContent.", {
                cause: error,
            });
        }
        throw error;
    }
}

/** The name of the Pulumi project in a folder; `undefined` if there is none. */
export function projectIn(folder: string): string | undefined {
    const file = join(folder, "Pulumi.yaml");
    if (!existsSync(file)) {
        return undefined;
    }
    // YAML, or JSON, which is YAML.
    const [, name] = /^\s*\{?\s*"?name"?\s*:\s*["']?([^"',#\s]+)/m.exec(readFileSync(file, "utf8")) ?? [];
    return name ?? "without a name";
}
