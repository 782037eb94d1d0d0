/** What an image says of how it is run. */
export interface ImageSettings {
    workingDir: string;
    /** Entry point and command together. */
    command: string[];
    env: Record<string, string>;
}
