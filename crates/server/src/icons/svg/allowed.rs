//! What may be in a picture: elements, attributes and properties without scripts, links, animation and documents of
//! other kinds. All lists are sorted.

/// Elements.
#[rustfmt::skip]
const ELEMENTS: [&str; 53] = [
    "circle", "clipPath", "defs", "desc", "ellipse", "feBlend", "feColorMatrix", "feComponentTransfer", "feComposite",
    "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap", "feDistantLight", "feDropShadow", "feFlood",
    "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feImage", "feMerge", "feMergeNode", "feMorphology",
    "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence", "filter", "g", "image",
    "line", "linearGradient", "marker", "mask", "path", "pattern", "polygon", "polyline", "radialGradient", "rect",
    "stop", "style", "svg", "switch", "symbol", "text", "textPath", "title", "tspan", "use",
];

/// Attributes that are no properties as well.
#[rustfmt::skip]
const ATTRIBUTES: [&str; 101] = [
    "amplitude", "azimuth", "baseFrequency", "baseProfile", "bias", "class", "clipPathUnits", "cx", "cy", "d",
    "diffuseConstant", "divisor", "dx", "dy", "edgeMode", "elevation", "exponent", "filterUnits", "fr", "fx", "fy",
    "gradientTransform", "gradientUnits", "height", "id", "in", "in2", "intercept", "k1", "k2", "k3", "k4",
    "kernelMatrix", "kernelUnitLength", "lengthAdjust", "limitingConeAngle", "markerHeight", "markerUnits",
    "markerWidth", "maskContentUnits", "maskUnits", "method", "mode", "numOctaves", "offset", "operator", "order",
    "orient", "path", "pathLength", "patternContentUnits", "patternTransform", "patternUnits", "points", "pointsAtX",
    "pointsAtY", "pointsAtZ", "preserveAlpha", "preserveAspectRatio", "primitiveUnits", "r", "radius", "refX", "refY",
    "requiredExtensions", "requiredFeatures", "result", "rotate", "rx", "ry", "scale", "seed", "side", "slope",
    "spacing", "specularConstant", "specularExponent", "spreadMethod", "startOffset", "stdDeviation", "stitchTiles",
    "surfaceScale", "systemLanguage", "tableValues", "targetX", "targetY", "textLength", "type", "values", "version",
    "viewBox", "width", "x", "x1", "x2", "xChannelSelector", "y", "y1", "y2", "yChannelSelector", "z",
];

/// Presentation attributes, which are properties of styles as well (SVG 2 section 6.6).
#[rustfmt::skip]
const PROPERTIES: [&str; 72] = [
    "alignment-baseline", "baseline-shift", "clip", "clip-path", "clip-rule", "color", "color-interpolation",
    "color-interpolation-filters", "color-rendering", "direction", "display", "dominant-baseline",
    "enable-background", "fill", "fill-opacity", "fill-rule", "filter", "flood-color", "flood-opacity", "font",
    "font-family", "font-kerning", "font-size", "font-size-adjust", "font-stretch", "font-style", "font-variant",
    "font-weight", "glyph-orientation-horizontal", "glyph-orientation-vertical", "image-rendering", "isolation",
    "kerning", "letter-spacing", "lighting-color", "marker", "marker-end", "marker-mid", "marker-start", "mask",
    "mask-type", "mix-blend-mode", "opacity", "overflow", "paint-order", "pointer-events", "shape-rendering",
    "solid-color", "solid-opacity", "stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-dashoffset",
    "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-opacity", "stroke-width", "text-align",
    "text-anchor", "text-decoration", "text-rendering", "transform", "transform-box", "transform-origin",
    "unicode-bidi", "vector-effect", "visibility", "white-space", "word-spacing", "writing-mode",
];

/// Attributes that are properties of styles as well, by other rules (SVG 2 section 8.4).
#[rustfmt::skip]
const GEOMETRY: [&str; 10] = [
    "cx", "cy", "d", "height", "r", "rx", "ry", "width", "x", "y",
];

/// Functions in values. Those that load something are left out, such as `image-set` and `src`; `url`
/// is looked at more closely.
#[rustfmt::skip]
const FUNCTIONS: [&str; 44] = [
    "blur", "brightness", "calc", "circle", "clamp", "color", "color-mix", "contrast", "drop-shadow", "ellipse",
    "grayscale", "hsl", "hsla", "hue-rotate", "hwb", "inset", "invert", "lab", "lch", "matrix", "max", "min", "oklab",
    "oklch", "opacity", "path", "polygon", "rect", "rgb", "rgba", "rotate", "saturate", "scale", "scalex", "scaley",
    "sepia", "skew", "skewx", "skewy", "translate", "translatex", "translatey", "url", "var",
];

fn is_in(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// Whether an element of this name may be in a picture.
pub(super) fn is_element(name: &str) -> bool {
    is_in(&ELEMENTS, name)
}

/// Whether the text in an element of this name is shown.
pub(super) fn has_text(name: &str) -> bool {
    matches!(name, "desc" | "text" | "textPath" | "title" | "tspan")
}

/// Whether an attribute of this name may be in a picture; `href` and `style` have rules of their own.
pub(super) fn is_attribute(name: &str) -> bool {
    is_in(&ATTRIBUTES, name) || is_in(&PROPERTIES, name)
}

/// Whether a property of this name, in lower case, may be in a style.
pub(super) fn is_property(name: &str) -> bool {
    is_in(&PROPERTIES, name) || is_in(&GEOMETRY, name)
}

/// Whether a function of this name, in lower case, may be in a value. Brackets alone are a function without a name.
pub(super) fn is_function(name: &str) -> bool {
    name.is_empty() || is_in(&FUNCTIONS, name)
}

/// Whether elements of this name may refer to others in the picture.
pub(super) fn may_refer(name: &str) -> bool {
    matches!(name, "feImage" | "image" | "linearGradient" | "pattern" | "radialGradient" | "textPath" | "use")
}

/// Whether elements of this name may hold a raster picture.
pub(super) fn may_embed(name: &str) -> bool {
    matches!(name, "feImage" | "image")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        for list in [&ELEMENTS[..], &ATTRIBUTES, &PROPERTIES, &GEOMETRY, &FUNCTIONS] {
            assert!(list.is_sorted(), "{list:?}");
        }
    }
}
