/** Entry of the page's bundle. */
import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import { App } from "./app.js";
import "./style/base.css";
import "./style/frame.css";
import "./style/bits.css";
import "./style/ask.css";
import "./style/sensors.css";
import "./style/side.css";
import "./style/mesh.css";
import "./style/detail.css";

const root = document.getElementById("root");
if (root) render(<App />, root);
