/** How long a slow phone takes to show a picture that is there. */
const PAINT_MS = 300;

/** Waits for the pictures in sight: on a slow network, all that is not needed to show them comes after. */
export async function picturesInSight(): Promise<void> {
    const eager = [...document.images].filter(({ loading }) => loading !== "lazy");
    await Promise.allSettled(eager.map((picture) => picture.decode()));
    await new Promise((resolve) => setTimeout(resolve, PAINT_MS));
}
