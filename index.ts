/** Where Pulumi starts the program of a stack. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

// Node keeps what it compiled, types stripped: the next preview and the next up need not do it again.
enableCompileCache(join(import.meta.dirname, "node_modules/.cache/node"));

export default async () => {
    const { program } = await import("./stacks/program.ts");
    return await program();
};
