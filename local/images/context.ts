import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The files and folders that an image is built from, beside its Dockerfile: what its `.dockerignore` lets in. */
export function contextOf(folder: string): string[] {
    return readFileSync(join(folder, "Dockerfile.dockerignore"), "utf8")
        .split("\n")
        .filter((line) => line.startsWith("!"))
        .map((line) => line.slice(1));
}
