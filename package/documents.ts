import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** The page for users of the package, which becomes its README. */
const PACKAGE_PAGE = "docs/package.md";
const README = "README.md";

/** Pages of the package for coding assistants. */
const ASSISTANT_PAGES = ["AGENTS.md", "llms.txt"];

/** Link targets that are shipped; all others are in the checkout only. */
const MAY_BE_SHIPPED = /^(docs|examples)\/|^(AGENTS|API_DOCUMENTATION|CHANGELOG)\.md$|^schema\.json$/;

const LINK = /\[([^\]]*)\]\(([^)\s]+)\)/g;

/**
 * Copies into the package its page for users, as its README, the pages for assistants, and recursively what these link to,
 * at the paths of the checkout. A link to a file that is not shipped becomes its text.
 *
 * @param root the checkout
 * @param out the package
 */
export function writeDocuments(root: string, out: string): void {
    const shipped = new Set([PACKAGE_PAGE, ...ASSISTANT_PAGES]);
    for (const path of shipped) {
        const found = join(root, path);
        if (statSync(found).isDirectory()) {
            for (const file of filesOf(found)) {
                shipped.add(join(path, file));
            }
            continue;
        }
        const target = join(out, packagePath(path));
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
            const target = relative(dirname(packagePath(path)), packagePath(to));
            return `[${label}](${target}${heading === undefined ? "" : `#${heading}`})`;
        };
        writeFileSync(target, readFileSync(found, "utf8").replaceAll(LINK, links));
    }
}

function packagePath(path: string): string {
    return path === PACKAGE_PAGE ? README : path;
}

function filesOf(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}
