/** The manifest's fields on a package's origin. */

export interface Home {
    repository: { type: "git"; url: string };
    homepage: string;
    bugs: { url: string };
}

/**
 * The repository whose workflow builds the package, from the variables of GitHub Actions; `undefined` elsewhere. npm refuses a
 * package with provenance whose `repository` is not the one it was built in.
 */
export function homeOf({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name }: NodeJS.ProcessEnv): Home | undefined {
    if (!server || !name) {
        return undefined;
    }
    const address = `${server}/${name}`;
    return {
        repository: { type: "git", url: `git+${address}.git` },
        homepage: `${address}#readme`,
        bugs: { url: `${address}/issues` },
    };
}
