/** How an image is run. */
export interface ImageSettings {
    workingDir: string;
    /** Entry point and command together. */
    command: string[];
    env: Record<string, string>;
}
