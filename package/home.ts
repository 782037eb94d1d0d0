/** Where a package comes from, in the words of its manifest. */

export interface Home {
    repository: { type: "git"; url: string };
    homepage: string;
    bugs: { url: string };
}

/**
 * The repository whose workflow makes the package, by the variables that GitHub Actions sets; elsewhere none. npm refuses a
 * package with provenance whose `repository` is another than the one it was built in.
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
