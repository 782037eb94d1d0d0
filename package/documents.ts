import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The page for those who use the package, which is its README. */
const START = "docs/package.md";
const README = "README.md";

/** Pages that lie in the package beside it, for coding assistants. */
const BESIDE = ["AGENTS.md", "llms.txt"];

/** What a page of the package may lead to; the rest is of the checkout alone. */
const MAY_BE_SHIPPED = /^(docs|examples)\/|^(AGENTS|API_DOCUMENTATION|CHANGELOG)\.md$|^schema\.json$/;

const LINK = /\[([^\]]*)\]\(([^)\s]+)\)/g;

/**
 * Puts into the package the page for those who use it, as its README, those for assistants, and whatever these lead to,
 * page by page, where it lies in the checkout. A link to what is in the checkout alone becomes its text.
 *
 * @param root the checkout
 * @param out the package
 */
export function writeDocuments(root: string, out: string): void {
    const shipped = new Set([START, ...BESIDE]);
    for (const path of shipped) {
        const found = join(root, path);
        if (statSync(found).isDirectory()) {
            for (const file of filesOf(found)) {
                shipped.add(join(path, file));
            }
            continue;
        }
        const target = join(out, placeOf(path));
        mkdirSync(dirname(target), { recursive: true });
        if (!/\.(md|txt)$/.test(path)) {
            cpSync(found, target);
            continue;
        }
        const links = (text: string, label: string, link: string) => {
            const [file = "", heading] = link.split("#");
            if (file === "" || /^[a-z]+:/.test(link)) {
                return text;
            }
            const to = join(dirname(path), file);
            if (!MAY_BE_SHIPPED.test(to)) {
                return label;
            }
            shipped.add(to);
            const there = relative(dirname(placeOf(path)), placeOf(to));
            return `[${label}](${there}${heading === undefined ? "" : `#${heading}`})`;
        };
        writeFileSync(target, readFileSync(found, "utf8").replaceAll(LINK, links));
    }
}

function placeOf(path: string): string {
    return path === START ? README : path;
}

function filesOf(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
