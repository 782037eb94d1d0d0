import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { freePort } from "../local/lib/ports.ts";
import { builtSite } from "../stacks/siteBuild.ts";

const root = join(import.meta.dirname, "..");

/** A copy of the project, so that its files can be changed, with a local cloud of its own. */
export interface TreeCopy {
    /** Its folder. */
    tree: string;
    /** More variables for its commands. */
    env: Record<string, string>;
    remove(): Promise<void>;
}

/** Copies what Git knows of the project; the packages are linked. */
export async function copyTree(): Promise<TreeCopy> {
    const folder = await mkdtemp(join(tmpdir(), "story-42-bench-"));
    const tree = join(folder, "tree");
    const { stdout } = await execa("git", ["ls-files", "-z"], { cwd: root });
    for (const file of stdout.split("\0").filter(Boolean)) {
        await cp(join(root, file), join(tree, file));
    }
    await builtSite(console.error);
    await cp(join(root, "site/dist"), join(tree, "site/dist"), { recursive: true });
    for (const packages of ["node_modules", "docker/node_modules", "site/node_modules"]) {
        await symlink(join(root, packages), join(tree, packages));
    }
    const env = {
        STORY42_STATE_DIR: join(folder, "state"),
        STORY42_EMULATOR_PORT: String(await freePort()),
        // As in `npm run local`, which is not used itself since it would install the packages of the copy.
        NODE_COMPILE_CACHE: join(root, "node_modules/.cache/node"),
    };
    return { tree, env, remove: () => rm(folder, { recursive: true, force: true }) };
}
