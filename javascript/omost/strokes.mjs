/** Painting on the cells of the grid: strokes of a round brush. */

/**
 * The cells with a stroke from one point to another: those with their centre within half of `size` of it, and the one that
 * it ends in, are `value`.
 * @param {Uint8Array} cells of the grid @param {number} grid
 * @param {{from: [number, number], to: [number, number], size: number, value: 0 | 1}} stroke  points x, y in cells
 */
export function stroked(cells, grid, { from: [x0, y0], to: [x1, y1], size, value }) {
    const next = cells.slice();
    const length = (x1 - x0) ** 2 + (y1 - y0) ** 2;
    for (let y = 0; y < grid; y++)
        for (let x = 0; x < grid; x++) {
            const [dx, dy] = [x + 0.5 - x0, y + 0.5 - y0];
            const along = length ? Math.min(1, Math.max(0, (dx * (x1 - x0) + dy * (y1 - y0)) / length)) : 0;
            const away = Math.hypot(dx - along * (x1 - x0), dy - along * (y1 - y0));
            if (away <= size / 2) next[y * grid + x] = value;
        }
    const [column, row] = [Math.floor(x1), Math.floor(y1)];
    if (column >= 0 && row >= 0 && column < grid && row < grid) next[row * grid + column] = value;
    return next;
}
