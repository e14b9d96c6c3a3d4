/** The two forms of plot the library makes: plain JSON, drawn elsewhere. */
import type { TopLevelSpec } from 'vega-lite';

/** A Vega-Lite 5 spec with its data inside, kept to the features of 5.6.1, which JupyterLab draws. */
export type VegaLiteSpec = TopLevelSpec;

/** What `Plotly.newPlot(element, figure.data, figure.layout)` draws. */
export interface PlotlyFigure {
  readonly data: readonly object[];
  readonly layout: object;
}
