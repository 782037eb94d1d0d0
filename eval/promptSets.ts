/** The sets of prompts that can be graded, and their versions: those of the checkout, of a file, or of a commit. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { versionOf } from "../docker/shared/prompts.ts";
import { prompts as ofAgents } from "../docker/story-generator/agents/prompts.ts";
import { type ImagePrompts, prompts as ofPictures } from "../docker/story-image-regen/prompts.ts";
import { prompts as ofText } from "../docker/story-text-regen/prompts.ts";
import { agentsWriter } from "./agentsWriter.ts";
import { textWriter } from "./textWriter.ts";
import type { Writer } from "./writer.ts";

const repository = join(import.meta.dirname, "..");

/** Prompts that can't be loaded; the message says why. */
export class PromptsError extends Error {
    override readonly name = "PromptsError";
}

/** A version of a set of prompts. */
export interface PromptVersion {
    version: string;
    /** Writes by these prompts; for those of pictures by the text function's. */
    write: Writer;
    /** Pictures are drawn by these, or by those of the checkout. */
    imagePrompts: ImagePrompts;
}

/** A set of prompts. */
export interface PromptSet {
    /** The version of the checkout. */
    own: PromptVersion;
    /**
     * @param where a file whose `prompts` are like those of the checkout, or a commit, branch or tag
     * @throws {PromptsError} when it does not exist, or its prompts have other names
     */
    at(where: string): Promise<PromptVersion>;
}

const ownText = textWriter(ofText);

/** By whoever is told them. */
export const promptSets = {
    text: promptSet("docker/story-text-regen/prompts.ts", ofText, (prompts) => ({
        write: textWriter(prompts),
        imagePrompts: ofPictures,
    })),
    agents: promptSet("docker/story-generator/agents/prompts.ts", ofAgents, (prompts) => ({
        write: agentsWriter(prompts),
        imagePrompts: ofPictures,
    })),
    pictures: promptSet("docker/story-image-regen/prompts.ts", ofPictures, (imagePrompts) => ({
        write: ownText,
        imagePrompts,
    })),
};

function promptSet<Prompts extends object>(
    file: string,
    own: Prompts,
    used: (prompts: Prompts) => Omit<PromptVersion, "version">,
): PromptSet {
    const shape = shapeOf(own);
    const version = (prompts: Prompts) => ({ version: versionOf(prompts), ...used(prompts) });
    return {
        own: version(own),
        at: async (where) => {
            const loaded = existsSync(where) ? await moduleAt(resolve(where), where) : await ofCommit(where, file);
            const checked = shape.safeParse(loaded.prompts);
            if (!checked.success) {
                throw new PromptsError(
                    `the prompts of ${where} are not like those of ${file}: ${z.prettifyError(checked.error)}`,
                );
            }
            return version(checked.data as Prompts);
        },
    };
}

/** Objects with the names of `prompts`, at any depth. */
function shapeOf(prompts: object): z.ZodType {
    return z.strictObject(
        Object.fromEntries(
            Object.entries(prompts).map(([name, text]) => [
                name,
                typeof text === "string" ? z.string().min(1) : shapeOf(text),
            ]),
        ),
    );
}

async function ofCommit(commit: string, path: string): Promise<{ prompts?: unknown }> {
    let text: string;
    try {
        // After `--end-of-options`, git treats no argument as an option.
        text = execFileSync("git", ["show", "--end-of-options", `${commit}:${path}`], {
            cwd: repository,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
        });
    } catch (error) {
        const reason = String((error as { stderr?: string }).stderr ?? error).trim();
        throw new PromptsError(`${commit} is neither a file nor a commit with ${path}: ${reason}`);
    }
    const folder = mkdtempSync(join(tmpdir(), "story-42-prompts-"));
    try {
        const file = join(folder, "prompts.ts");
        writeFileSync(file, text);
        return await moduleAt(file, commit);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function moduleAt(file: string, name: string): Promise<{ prompts?: unknown }> {
    return import(pathToFileURL(file).href).catch((error: Error) => {
        throw new PromptsError(`${name} is no module with prompts: ${error.message}`);
    });
}
