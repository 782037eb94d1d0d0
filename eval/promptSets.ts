/** Versions of the prompts: those of a file, or of a commit. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod";
import { prompts as own, type TextPrompts } from "../docker/story-text-regen/prompts.ts";

const FILE = "docker/story-text-regen/prompts.ts";
const repository = join(import.meta.dirname, "..");
const shape = z.strictObject(Object.fromEntries(Object.keys(own).map((name) => [name, z.string().min(1)])));

/** Prompts that can't be loaded; the message says why. */
export class PromptsError extends Error {
    override readonly name = "PromptsError";
}

/**
 * @param where a file whose `prompts` are like those of `docker/story-text-regen/prompts.ts`, or a commit, branch or tag
 * @throws {PromptsError} when it does not exist, or its prompts have other names
 */
export async function promptsAt(where: string): Promise<TextPrompts> {
    return existsSync(where) ? await promptsOf(resolve(where), where) : await promptsOfCommit(where);
}

async function promptsOfCommit(commit: string): Promise<TextPrompts> {
    let text: string;
    try {
        // After `--end-of-options`, git treats no argument as an option.
        text = execFileSync("git", ["show", "--end-of-options", `${commit}:${FILE}`], {
            cwd: repository,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "pipe"],
        });
    } catch (error) {
        const reason = String((error as { stderr?: string }).stderr ?? error).trim();
        throw new PromptsError(`${commit} is neither a file nor a commit with ${FILE}: ${reason}`);
    }
    const folder = mkdtempSync(join(tmpdir(), "story-42-prompts-"));
    try {
        const file = join(folder, "prompts.ts");
        writeFileSync(file, text);
        return await promptsOf(file, commit);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

async function promptsOf(file: string, name: string): Promise<TextPrompts> {
    const loaded: { prompts?: unknown } = await import(pathToFileURL(file).href).catch((error: Error) => {
        throw new PromptsError(`${name} is no module with prompts: ${error.message}`);
    });
    const checked = shape.safeParse(loaded.prompts);
    if (!checked.success) {
        throw new PromptsError(
            `the prompts of ${name} are not those that the function takes: ${z.prettifyError(checked.error)}`,
        );
    }
    return checked.data as unknown as TextPrompts;
}
