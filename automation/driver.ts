import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { LocalWorkspace, type PulumiCommand, type StackSettings } from "@pulumi/pulumi/automation/index.js";
import { type ExecaError, execa } from "execa";
import type { LimitFunction } from "p-limit";
import { builtSite } from "../stacks/siteBuild.ts";
import { withoutNotes } from "./backend.ts";
import { ownGroupPulumi } from "./command.ts";
import { SetUpError } from "./errors.ts";
import type { StoryStacksOptions } from "./stacks.ts";
import { type EnginePlace, writeProject } from "./workspace.ts";

/** What the stacks of one `StoryStacks` share. */
export class Driver {
    readonly projectFolder: string | undefined;
    readonly parallel: number | undefined;
    /** Runs an operation when it is its turn. */
    readonly limit: LimitFunction;
    readonly #command: string;
    readonly #envVars: Record<string, string>;
    #pulumi: Promise<EnginePlace["pulumi"]> | undefined;

    constructor(options: StoryStacksOptions, limit: LimitFunction) {
        const { projectFolder, envVars = {} } = options;
        this.projectFolder = projectFolder === undefined ? undefined : resolve(projectFolder);
        this.parallel = options.parallel;
        this.limit = limit;
        this.#command = options.pulumiCommand ?? "pulumi";
        const backend = withoutNotes(options.backend ?? envVars.PULUMI_BACKEND_URL ?? process.env.PULUMI_BACKEND_URL);
        this.#envVars = { ...envVars, ...(backend === undefined ? {} : { PULUMI_BACKEND_URL: backend }) };
    }

    /**
     * Gives an operation a place to run in: the project's folder with the stack's file, or a folder for this time.
     *
     * @param region the region of settings that a program gave; `undefined` for the stack's file, if there is one
     * @param programFolder what the program's relative paths start from
     */
    async within<Result>(
        stackName: string,
        region: string | undefined,
        programFolder: string | undefined,
        work: (place: EnginePlace) => Promise<Result>,
    ): Promise<Result> {
        const pulumi = await this.#findPulumi();
        const command = ownGroupPulumi(pulumi.path, pulumi.version);
        const place = { stackName, pulumi, envVars: this.#envVars };
        if (region === undefined && this.projectFolder !== undefined && this.hasFile(stackName)) {
            return await work({ ...place, workDir: this.projectFolder });
        }
        const workDir = await mkdtemp(join(tmpdir(), "story-42-"));
        try {
            writeProject(workDir, programFolder);
            const workspace = await LocalWorkspace.create({ workDir, pulumiCommand: command });
            const config = region === undefined ? {} : { "aws:region": region };
            await workspace.saveStackSettings(stackName, { ...(await this.#encryptionOf(stackName, command)), config });
            return await work({ ...place, workDir });
        } finally {
            await rm(workDir, { recursive: true, force: true });
        }
    }

    /** Whether the project's folder has the stack's file. */
    hasFile(stackName: string): boolean {
        const folder = this.projectFolder;
        return (
            folder !== undefined && ["Pulumi.yaml", fileOf(stackName)].every((file) => existsSync(join(folder, file)))
        );
    }

    /** The folder from which the program's paths start. */
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
            return relative(folder, siteContent);
        }
        if (!existsSync(join(folder, "site/package.json"))) {
            throw new SetUpError(
                `There is no site to build in ${folder}.`,
                "Give a projectFolder (--project) that is a whole checkout, or siteContent, the folder of a built site.",
            );
        }
        return await siteIn(folder);
    }

    /** The stacks in the backend. */
    async stackNames(): Promise<string[]> {
        return await this.within("any", undefined, undefined, async ({ workDir, envVars, pulumi }) => {
            const pulumiCommand = ownGroupPulumi(pulumi.path, pulumi.version);
            const workspace = await LocalWorkspace.create({ workDir, envVars, pulumiCommand });
            return (await workspace.listStacks()).map(({ name }) => name);
        });
    }

    /** How the secrets of a stack are encrypted, where its file in the project's folder says so. */
    async #encryptionOf(stackName: string, pulumiCommand: PulumiCommand): Promise<StackSettings> {
        if (this.projectFolder === undefined || !this.hasFile(stackName)) {
            return {};
        }
        const project = await LocalWorkspace.create({ workDir: this.projectFolder, pulumiCommand });
        const { config, ...encryption } = await project.stackSettings(stackName);
        return encryption;
    }

    /** Finds Pulumi's command line, once. */
    async #findPulumi(): Promise<EnginePlace["pulumi"]> {
        this.#pulumi ??= findPulumi(this.#command, this.#envVars);
        try {
            return await this.#pulumi;
        } catch (error) {
            // It may be there next time.
            this.#pulumi = undefined;
            throw error;
        }
    }
}

/**
 * Finds Pulumi's command line.
 *
 * @throws {SetUpError} when it is not there, or does not work
 */
export async function findPulumi(path: string, env: Record<string, string>): Promise<EnginePlace["pulumi"]> {
    try {
        const { stdout } = await execa(path, ["version"], { env, stdin: "ignore" });
        return { path, version: stdout.trim().replace(/^v/, "") };
    } catch (error) {
        const { code, shortMessage } = error as ExecaError;
        throw new SetUpError(
            code === "ENOENT"
                ? `Pulumi's command line, ${path}, is not there.`
                : `${path} does not work: ${shortMessage}`,
            path === "pulumi"
                ? "Install Pulumi so that it is on the PATH: https://www.pulumi.com/docs/install/"
                : "pulumiCommand names the program: give another, or leave it away for the one on the PATH.",
            { cause: error },
        );
    }
}

/** Builds that run, by their folder. */
const builds = new Map<string, Promise<string>>();

/** Builds the site of a folder once, however many stacks need it at the moment. */
async function siteIn(folder: string): Promise<string> {
    const running = builds.get(folder) ?? builtSite(() => {}, folder).finally(() => builds.delete(folder));
    builds.set(folder, running);
    return await running;
}

/** The file with a stack's settings. */
export function fileOf(stackName: string): string {
    return `Pulumi.${stackName}.yaml`;
}
