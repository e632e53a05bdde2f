package dev.sidewal.retention;

import dev.sidewal.error.StoreException;
import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.OutputKeys;
import javax.xml.transform.Transformer;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * The lifecycle rules of a bucket as the XML that the store keeps. Rules are replaced and added in
 * the document itself, so that whatever else stands in it is sent back as it came, also what no
 * version of Sidewal has heard of.
 */
final class LifecycleDocument {

  private static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
  private static final String ROOT = "LifecycleConfiguration";

  private final Document document;

  private LifecycleDocument(Document document) {
    this.document = document;
  }

  /** Returns a document without rules. */
  static LifecycleDocument empty() {
    return parse("<" + ROOT + " xmlns=\"" + NAMESPACE + "\"/>", "nowhere");
  }

  /**
   * Reads a document.
   *
   * @param location where it comes from, for messages
   */
  static LifecycleDocument parse(String xml, String location) {
    Document document;
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setNamespaceAware(true);
      var builder = factory.newDocumentBuilder();
      builder.setErrorHandler(null); // Throws, and prints nothing.
      document = builder.parse(new InputSource(new StringReader(xml)));
    } catch (SAXException | IOException e) {
      throw unreadable(location, e.getMessage(), e);
    } catch (ParserConfigurationException e) {
      throw new IllegalStateException("this JDK has no secure XML parser", e);
    }
    if (!ROOT.equals(document.getDocumentElement().getLocalName())) {
      throw unreadable(location, "it is a " + document.getDocumentElement().getLocalName(), null);
    }
    return new LifecycleDocument(document);
  }

  private static StoreException unreadable(String location, String why, Throwable cause) {
    return new StoreException(
        "Could not read the lifecycle rules for "
            + location
            + ": the store's answer is not the document that it should be ("
            + why
            + "). Nothing was changed.",
        false,
        cause);
  }

  /** Returns all rules. */
  List<LifecycleRule> rules() {
    return ruleElements().stream().map(LifecycleDocument::rule).toList();
  }

  /** Adds a rule in the words of the AWS API. */
  void add(Map<String, Object> rule) {
    Element root = document.getDocumentElement();
    root.appendChild(element(root.getNamespaceURI(), "Rule", rule));
  }

  /** Removes the rule at a place in {@link #rules}. */
  void remove(int index) {
    Element rule = ruleElements().get(index);
    rule.getParentNode().removeChild(rule);
  }

  /** Returns the document as text. */
  String toXml() {
    try {
      Transformer transformer = TransformerFactory.newInstance().newTransformer();
      transformer.setOutputProperty(OutputKeys.ENCODING, "UTF-8");
      StringWriter text = new StringWriter();
      transformer.transform(new DOMSource(document), new StreamResult(text));
      return text.toString();
    } catch (TransformerException e) {
      throw new IllegalStateException("the rules cannot be written as XML", e);
    }
  }

  private Element element(String namespace, String name, Object value) {
    Element element = document.createElementNS(namespace, name);
    if (value instanceof Map<?, ?> fields) {
      fields.forEach(
          (field, content) -> {
            // What is a list "Tags" in JSON is one element "Tag" after the other in XML.
            if (content instanceof List<?> list) {
              String each = ((String) field).substring(0, ((String) field).length() - 1);
              list.forEach(item -> element.appendChild(element(namespace, each, item)));
            } else {
              element.appendChild(element(namespace, (String) field, content));
            }
          });
    } else {
      element.setTextContent(String.valueOf(value));
    }
    return element;
  }

  private List<Element> ruleElements() {
    return children(document.getDocumentElement()).stream()
        .filter(e -> e.getLocalName().equals("Rule"))
        .toList();
  }

  private static LifecycleRule rule(Element rule) {
    String id = "";
    boolean enabled = true;
    FilterReader filter = new FilterReader();
    ActionReader actions = new ActionReader();
    TreeSet<String> canonical = new TreeSet<>();
    for (Element part : children(rule)) {
      String name = part.getLocalName();
      if (name.equals("ID")) {
        id = text(part);
        continue;
      }
      switch (name) {
        case "Status" -> enabled = !text(part).equalsIgnoreCase("Disabled");
        case "Prefix" -> filter.condition(part); // As rules were written before there were filters.
        case "Filter" -> children(part).forEach(filter::condition);
        default -> {
          actions.action(part);
          canonical.add(canonical(part));
        }
      }
    }
    canonical.addAll(filter.conditions);
    canonical.add(enabled ? "enabled" : "disabled");
    return new LifecycleRule(
        id, enabled, filter.filter(), actions.actions(), String.join("; ", canonical));
  }

  /** Collects the conditions of a rule. */
  private static final class FilterReader {
    private String prefix = "";
    private final Map<String, String> tags = new HashMap<>();
    private boolean sized;
    private final List<String> unknown = new ArrayList<>();
    private final List<String> conditions = new ArrayList<>();

    void condition(Element condition) {
      String name = condition.getLocalName();
      if (!name.equals("And") && !(name.equals("Prefix") && condition.getTextContent().isEmpty())) {
        conditions.add(canonical(condition));
      }
      switch (name) {
        case "And" -> children(condition).forEach(this::condition);
        case "Prefix" -> prefix = condition.getTextContent();
        case "Tag" -> tags.put(childText(condition, "Key"), childText(condition, "Value"));
        case "ObjectSizeGreaterThan", "ObjectSizeLessThan" -> sized = true;
        default -> unknown.add(name);
      }
    }

    LifecycleRule.Filter filter() {
      return new LifecycleRule.Filter(prefix, tags, sized, unknown);
    }
  }

  /** Collects the actions of a rule. */
  private static final class ActionReader {
    private String expiry = "";
    private final List<String> transitions = new ArrayList<>();
    private OptionalInt noncurrentDays = OptionalInt.empty();
    private boolean removesMarkers;
    private OptionalInt abortDays = OptionalInt.empty();
    private final List<String> unknown = new ArrayList<>();

    void action(Element action) {
      switch (action.getLocalName()) {
        case "Expiration", "AllVersionsExpiration" -> expiration(action);
        case "Transition" -> transitions.add(childText(action, "StorageClass"));
        case "NoncurrentVersionExpiration" -> noncurrentDays = days(action, "NoncurrentDays");
        case "NoncurrentVersionTransition" -> {} // It moves what nobody restores from.
        case "AbortIncompleteMultipartUpload" -> abortDays = days(action, "DaysAfterInitiation");
        default -> unknown.add(action.getLocalName());
      }
    }

    private void expiration(Element expiration) {
      Optional<Element> days = child(expiration, "Days");
      Optional<Element> date = child(expiration, "Date");
      if (days.isPresent()) {
        expiry = text(days.get()) + (text(days.get()).equals("1") ? " day" : " days");
        expiry += " after they were written";
      } else if (date.isPresent()) {
        expiry = "from " + text(date.get()) + " on";
      } else if (childText(expiration, "ExpiredObjectDeleteMarker").equalsIgnoreCase("true")) {
        removesMarkers = true;
      } else if (child(expiration, "ExpiredObjectDeleteMarker").isEmpty()) {
        expiry = "at a time that is not said";
      }
    }

    private static OptionalInt days(Element action, String name) {
      try {
        return OptionalInt.of(Integer.parseInt(childText(action, name)));
      } catch (NumberFormatException e) {
        return OptionalInt.of(0); // There is a limit of another kind: it is carried out somehow.
      }
    }

    LifecycleRule.Actions actions() {
      return new LifecycleRule.Actions(
          expiry, transitions, noncurrentDays, removesMarkers, abortDays, unknown);
    }
  }

  /**
   * Returns an element as text in which the order of its parts does not matter, nor what stores add
   * by themselves.
   */
  private static String canonical(Element element) {
    List<Element> children = children(element);
    if (children.isEmpty()) {
      return element.getLocalName() + "=" + element.getTextContent();
    }
    TreeSet<String> parts = new TreeSet<>();
    children.stream()
        .map(LifecycleDocument::canonical)
        .filter(part -> !part.equals("ExpiredObjectDeleteMarker=false"))
        .forEach(parts::add);
    return element.getLocalName() + "{" + String.join(", ", parts) + "}";
  }

  private static List<Element> children(Element parent) {
    List<Element> children = new ArrayList<>();
    for (Node n = parent.getFirstChild(); n != null; n = n.getNextSibling()) {
      if (n instanceof Element child) {
        children.add(child);
      }
    }
    return children;
  }

  private static Optional<Element> child(Element parent, String name) {
    return children(parent).stream().filter(e -> e.getLocalName().equals(name)).findFirst();
  }

  private static String childText(Element parent, String name) {
    return child(parent, name).map(LifecycleDocument::text).orElse("");
  }

  private static String text(Element element) {
    return element.getTextContent().strip();
  }
}
